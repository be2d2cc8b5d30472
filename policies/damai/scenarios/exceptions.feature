Feature: When no consent is needed

  @DM-EXC-00
  Scenario: A ground that is not on the list is none
    Given the submission says
      | exception | legitimate-interest |
      | evidence  | order               |
    When the platform submits "personalized-display" with
      | preferred-genre | opera |
    Then it is refused with "exception-not-listed"

  @DM-EXC-00 @DM-EXC-01 @DM-EXC-02 @DM-EXC-03 @DM-EXC-04 @DM-EXC-05 @DM-EXC-06 @DM-EXC-08 @DM-EXC-09 @DM-EXC-10 @DM-EXC-11
  Scenario Outline: <ground>, shown by <evidence>: <answer>
    Given the submission says
      | exception | <ground>   |
      | evidence  | <evidence> |
    When the platform submits "personalized-display" with
      | preferred-genre | opera |
    Then the answer says
      | code   | <answer> |
      | clause | <clause> |

    Examples:
      | ground            | evidence                                      | answer                     | clause    |
      | national-security | order                                         | -                          | -         |
      | national-security | -                                             | exception-evidence-missing | DM-EXC-01 |
      | public-safety     | order, order-in-force                         | -                          | -         |
      | public-safety     | order                                         | exception-evidence-missing | DM-EXC-02 |
      | public-safety     | order-in-force                                | exception-evidence-missing | DM-EXC-02 |
      | justice           | letter                                        | -                          | -         |
      | justice           | -                                             | exception-evidence-missing | DM-EXC-03 |
      | vital-interest    | vital-interest, consent-hard-to-obtain        | -                          | -         |
      | vital-interest    | vital-interest                                | exception-evidence-missing | DM-EXC-04 |
      | vital-interest    | consent-hard-to-obtain                        | exception-evidence-missing | DM-EXC-04 |
      | self-published    | publication                                   | -                          | -         |
      | self-published    | -                                             | exception-evidence-missing | DM-EXC-05 |
      | public-source     | source                                        | -                          | -         |
      | public-source     | -                                             | exception-evidence-missing | DM-EXC-06 |
      | safe-operation    | open-ticket                                   | -                          | -         |
      | safe-operation    | -                                             | exception-evidence-missing | DM-EXC-08 |
      | news              | report                                        | -                          | -         |
      | news              | -                                             | exception-evidence-missing | DM-EXC-09 |
      | research          | institute, public-interest, deidentified-output | -                        | -         |
      | research          | institute, public-interest                    | exception-evidence-missing | DM-EXC-10 |
      | research          | institute, deidentified-output                | exception-evidence-missing | DM-EXC-10 |
      | research          | public-interest, deidentified-output          | exception-evidence-missing | DM-EXC-10 |
      | other-law         | citation                                      | -                          | -         |
      | other-law         | -                                             | exception-evidence-missing | DM-EXC-11 |

  @DM-EXC-07
  Scenario: What a person may choose is not what a contract needs
    Given the submission says
      | exception | contract |
      | evidence  | contract |
    When the platform submits "personalized-display" with
      | preferred-genre | opera |
    Then it is refused with "exception-not-applicable" under DM-EXC-07

  @DM-EXC-09
  Scenario: News names nobody's face
    Given the submission says
      | exception | news   |
      | evidence  | report |
    When the platform submits "face-verification"
    Then it is refused with "exception-not-applicable" under DM-EXC-09

  @DM-EXC-12
  Scenario Outline: A <state> set for <use>, with <evidence>: <answer>
    When the platform asks
      | kind     | dataset    |
      | use      | <use>      |
      | state    | <state>    |
      | evidence | <evidence> |
    Then the answer says
      | code | <answer> |

    Examples:
      | state        | use              | evidence | answer                     |
      | deidentified | layout           | report   | -                          |
      | deidentified | product-decision | report   | -                          |
      | deidentified | improvement      | report   | -                          |
      | deidentified | research         | report   | -                          |
      | deidentified | statistics       | report   | -                          |
      | deidentified | prediction       | report   | -                          |
      | deidentified | model-training   | report   | deidentification-unproven |
      | anonymous    | model-training   | report   | -                          |
      | anonymous    | model-training   | -        | deidentification-unproven  |

  @DM-EXC-12
  Scenario: What the list does not name is no use of de-identified data
    When the platform asks
      | kind     | dataset      |
      | use      | avatar       |
      | state    | deidentified |
      | evidence | report       |
    Then it is refused with "use-not-declared"
