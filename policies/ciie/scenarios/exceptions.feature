Feature: Collecting without consent
  Eleven grounds, each cited and shown; none for handing on.

  Background:
    Given the person has given acceptance consent to "policy"

  @CI-EXC-00 @CI-EXC-01 @CI-EXC-02 @CI-EXC-03 @CI-EXC-04 @CI-EXC-05 @CI-EXC-06 @CI-EXC-07 @CI-EXC-08 @CI-EXC-09 @CI-EXC-10 @CI-EXC-11
  Scenario Outline: A ground that is listed and shown
    When the platform asks
      | kind      | collect    |
      | purpose   | <purpose>  |
      | fields    | <field>    |
      | exception | <ground>   |
      | evidence  | <evidence> |
    Then the answer is yes
    And the answer says
      | clause | <clause> |

    Examples:
      | ground            | purpose                  | field   | evidence                                                | clause    |
      | national-security | survey                   | hobbies | order                                                   | CI-EXC-01 |
      | public-safety     | survey                   | hobbies | order, order-in-force                                   | CI-EXC-02 |
      | justice           | survey                   | hobbies | letter                                                  | CI-EXC-03 |
      | vital-interest    | survey                   | hobbies | significant-interest, consent-not-in-time               | CI-EXC-04 |
      | self-published    | survey                   | hobbies | publication                                             | CI-EXC-05 |
      | public-source     | survey                   | hobbies | source                                                  | CI-EXC-06 |
      | contract          | registration-from-abroad | name    | contract                                                | CI-EXC-07 |
      | safe-operation    | survey                   | hobbies | open-ticket                                             | CI-EXC-08 |
      | news              | survey                   | hobbies | report                                                  | CI-EXC-09 |
      | research          | survey                   | hobbies | institute, public-interest, deidentified-on-publication | CI-EXC-10 |
      | other-law         | survey                   | hobbies | citation                                                | CI-EXC-11 |

  @CI-EXC-01 @CI-EXC-02 @CI-EXC-03 @CI-EXC-04 @CI-EXC-05 @CI-EXC-06 @CI-EXC-07 @CI-EXC-08 @CI-EXC-09 @CI-EXC-10 @CI-EXC-11
  Scenario Outline: A ground that is not shown in full
    When the platform asks
      | kind      | collect    |
      | purpose   | <purpose>  |
      | fields    | <field>    |
      | exception | <ground>   |
      | evidence  | <evidence> |
    Then it is refused with "exception-evidence-missing" under <clause> at "exception.evidence"

    Examples:
      | ground            | purpose                  | field   | evidence                                     | clause    |
      | national-security | survey                   | hobbies | -                                            | CI-EXC-01 |
      | public-safety     | survey                   | hobbies | order-in-force                               | CI-EXC-02 |
      | public-safety     | survey                   | hobbies | order                                        | CI-EXC-02 |
      | justice           | survey                   | hobbies | -                                            | CI-EXC-03 |
      | vital-interest    | survey                   | hobbies | consent-not-in-time                          | CI-EXC-04 |
      | vital-interest    | survey                   | hobbies | significant-interest                         | CI-EXC-04 |
      | self-published    | survey                   | hobbies | -                                            | CI-EXC-05 |
      | public-source     | survey                   | hobbies | -                                            | CI-EXC-06 |
      | contract          | registration-from-abroad | name    | -                                            | CI-EXC-07 |
      | safe-operation    | survey                   | hobbies | -                                            | CI-EXC-08 |
      | news              | survey                   | hobbies | -                                            | CI-EXC-09 |
      | research          | survey                   | hobbies | public-interest, deidentified-on-publication | CI-EXC-10 |
      | research          | survey                   | hobbies | institute, deidentified-on-publication       | CI-EXC-10 |
      | research          | survey                   | hobbies | institute, public-interest                   | CI-EXC-10 |
      | other-law         | survey                   | hobbies | -                                            | CI-EXC-11 |

  @CI-EXC-00
  Scenario: A ground nobody has listed
    When the platform asks
      | kind      | collect            |
      | purpose   | survey             |
      | fields    | hobbies            |
      | exception | marketing-interest |
      | evidence  | order              |
    Then it is refused with "exception-not-listed" under CI-EXC-00 at "exception.ground"

  @CI-EXC-01
  Scenario: A ground is cited with the data, and the data is taken
    When the submission says
      | exception | national-security |
      | evidence  | order             |
    And the platform submits "survey" with
      | hobbies | 摄影 |
    Then it is admitted
    When the platform submits "survey" with
      | hobbies | 摄影 |
    Then it is refused with "no-consent" under CI-COL-15

  @CI-EXC-07
  Scenario: A contract reaches no additional service
    When the platform asks
      | kind      | collect  |
      | purpose   | survey   |
      | fields    | name     |
      | exception | contract |
      | evidence  | contract |
    Then it is refused with "exception-not-applicable" under CI-EXC-07 at "exception.ground"

  @CI-EXC-09
  Scenario: News reporting takes a name and a function, no papers
    When the platform asks
      | kind      | collect |
      | purpose   | survey  |
      | fields    | name    |
      | exception | news    |
      | evidence  | report  |
    Then the answer is yes
    And the answer says
      | clause | CI-EXC-09 |
    When the platform asks
      | kind      | collect                  |
      | purpose   | registration-from-abroad |
      | fields    | passport-number          |
      | exception | news                     |
      | evidence  | report                   |
    Then it is refused with "exception-not-applicable" under CI-EXC-09 at "exception.ground"

  @CI-EXC-01 @CI-EXC-02 @CI-EXC-03 @CI-EXC-04 @CI-EXC-05 @CI-EXC-06 @CI-EXC-07 @CI-EXC-08 @CI-EXC-10 @CI-EXC-11
  Scenario Outline: Every other ground reaches sensitive data
    When the platform asks
      | kind      | collect                  |
      | purpose   | registration-from-abroad |
      | fields    | passport-number          |
      | exception | <ground>                 |
      | evidence  | <evidence>               |
    Then the answer is yes
    And the answer says
      | clause | <clause> |

    Examples:
      | ground            | evidence                                                | clause    |
      | national-security | order                                                   | CI-EXC-01 |
      | public-safety     | order, order-in-force                                   | CI-EXC-02 |
      | justice           | letter                                                  | CI-EXC-03 |
      | vital-interest    | significant-interest, consent-not-in-time               | CI-EXC-04 |
      | self-published    | publication                                             | CI-EXC-05 |
      | public-source     | source                                                  | CI-EXC-06 |
      | contract          | contract                                                | CI-EXC-07 |
      | safe-operation    | open-ticket                                             | CI-EXC-08 |
      | research          | institute, public-interest, deidentified-on-publication | CI-EXC-10 |
      | other-law         | citation                                                | CI-EXC-11 |
