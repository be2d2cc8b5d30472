Feature: Cookies and the like at E票电影

  @EP-COK-02
  Scenario Outline: Four techniques and no fifth
    Given the person has given acceptance consent to "policy"
    When the platform asks
      | kind    | tracker   |
      | tracker | <tracker> |
      | purpose | <purpose> |
    Then the answer says
      | code  | <answer> |
      | field | <at>     |

    Examples:
      | tracker            | purpose        | answer               | at      |
      | cookie             | comfort        | -                    | -       |
      | web-beacon         | comfort        | -                    | -       |
      | pixel-tag          | comfort        | -                    | -       |
      | etag               | load-reduction | -                    | -       |
      | flash-cookie       | comfort        | tracker-not-declared | tracker |
      | canvas-fingerprint | load-reduction | tracker-not-declared | tracker |
      | etag               | comfort        | tracker-not-declared | tracker |
      | cookie             | load-reduction | tracker-not-declared | tracker |

  @EP-COK-02
  Scenario: What an undeclared technique reports is refused
    Given the person has agreed to all that "etag-improvement" asks for
    And the submission says
      | tracker | etag |
    When the platform submits "etag-improvement" with
      | etag-identity-marker | W/"66a1" |
    Then it is admitted
    When the submission says
      | tracker | canvas-fingerprint |
    And the platform submits "etag-improvement" with
      | etag-identity-marker | W/"66a1" |
    Then it is refused with "tracker-not-declared" under EP-COK-02 at "tracker"

  @EP-COK-03
  Scenario Outline: An ETag spares the server and betters the product
    Given the person has agreed to all that "etag-improvement" asks for
    When the platform asks
      | kind    | use                  |
      | purpose | etag-improvement     |
      | fields  | etag-identity-marker |
      | use     | <use>                |
    Then the answer says
      | code  | <answer> |
      | field | <at>     |

    Examples:
      | use                 | answer           | at  |
      | load-reduction      | -                | -   |
      | product-improvement | -                | -   |
      | advertising         | use-not-declared | use |

  @EP-COK-03
  Scenario: An ETag carries its marker and nothing else; for a better product it waits for a yes
    Given the person has given acceptance consent to "policy"
    When the platform asks
      | kind    | tracker              |
      | tracker | etag                 |
      | purpose | load-reduction       |
      | fields  | etag-identity-marker |
    Then the answer is yes
    When the platform asks
      | kind    | tracker        |
      | tracker | etag           |
      | purpose | load-reduction |
      | fields  | mobile-number  |
    Then it is refused with "undeclared-field" under EP-COK-03 at "fields.mobile-number"
    When the platform asks
      | kind    | tracker        |
      | tracker | etag           |
      | purpose | better-product |
    Then it is refused with "no-consent" under EP-COK-01
    When the person has given opt-in consent to "etag-improvement"
    And the platform asks
      | kind    | tracker        |
      | tracker | etag           |
      | purpose | better-product |
    Then the answer is yes

  @EP-COK-01
  Scenario Outline: A person accepts, limits or refuses trackers
    Given the person has agreed to all that "etag-improvement" asks for
    When the person gives acceptance consent to "trackers" with
      | choice | <choice> |
    And the platform asks
      | kind    | tracker |
      | tracker | cookie  |
      | purpose | comfort |
    Then the answer says
      | code  | <answer> |
      | field | <at>     |
    When the platform asks
      | kind    | tracker        |
      | tracker | etag           |
      | purpose | load-reduction |
    Then the answer says
      | code  | <answer2> |
      | field | <at2>     |
    When the platform asks
      | kind    | tracker        |
      | tracker | etag           |
      | purpose | better-product |
    Then the answer says
      | code  | <answer3> |
      | field | <at3>     |
    When the platform asks
      | kind    | page   |
      | purpose | browse |
    Then the answer is yes
    When the platform asks
      | kind    | page     |
      | purpose | ordering |
    Then the answer is yes
    When the platform asks
      | kind    | page       |
      | purpose | membership |
    Then the answer is yes

    Examples:
      | choice  | answer          | at      | answer2         | at2     | answer3         | at3     |
      | all     | -               | -       | -               | -       | -               | -       |
      | reduced | tracker-refused | tracker | -               | -       | tracker-refused | tracker |
      | none    | tracker-refused | tracker | tracker-refused | tracker | tracker-refused | tracker |

  @EP-COK-01
  Scenario: Data from a tracker the person refused is refused
    Given the person has agreed to all that "etag-improvement" asks for
    When the person gives acceptance consent to "trackers" with
      | choice | none |
    And the submission says
      | tracker | etag |
    And the platform submits "etag-improvement" with
      | etag-identity-marker | W/"66a1" |
    Then it is refused with "tracker-refused" under EP-COK-01 at "tracker"

  @EP-COK-05
  Scenario Outline: Stopping ETags costs comfort and nothing else
    Given the person has given acceptance consent to "policy"
    And the person has given acceptance consent to "tracker.<purpose>"
    When the person refuses "tracker.<purpose>"
    And the platform asks
      | kind    | tracker   |
      | tracker | etag      |
      | purpose | <purpose> |
    Then it is refused with "tracker-refused" under EP-COK-05 at "tracker"
    When the platform asks
      | kind    | page   |
      | purpose | browse |
    Then the answer is yes
    When the platform asks
      | kind    | page     |
      | purpose | ordering |
    Then the answer is yes
    When the platform asks
      | kind    | page       |
      | purpose | membership |
    Then the answer is yes
    When the platform asks
      | kind    | page             |
      | purpose | customer-service |
    Then the answer is yes

    Examples:
      | purpose        |
      | load-reduction |
      | better-product |
