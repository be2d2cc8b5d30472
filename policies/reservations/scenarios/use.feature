Feature: What it is used for

  @RS-USE-01 @RS-USE-02 @RS-USE-03 @RS-USE-04 @RS-COL-06
  Scenario Outline: A declared use
    When the platform asks
      | kind    | use       |
      | purpose | <purpose> |
      | fields  | <field>   |
      | use     | <use>     |
    Then the answer is yes

    Examples:
      | purpose              | field         | use                   |
      | reservation          | name          | service-provision     |
      | security-and-support | account-info  | identity-verification |
      | security-and-support | account-info  | customer-service      |
      | security-and-support | account-info  | security              |
      | security-and-support | account-info  | fraud-monitoring      |
      | security-and-support | account-info  | archiving             |
      | security-and-support | account-info  | backup                |
      | personalization      | browsing-info | language-setting      |
      | personalization      | browsing-info | location-setting      |
      | personalization      | browsing-info | personal-help         |
      | personalization      | browsing-info | other-response        |
      | software-upgrade     | device-info   | software-upgrade      |
      | service-security     | click-info    | security              |
      | service-security     | click-info    | fraud-monitoring      |

  @RS-USE-01 @RS-USE-02 @RS-USE-03 @RS-USE-04 @RS-COL-06
  Scenario Outline: Another use is refused
    When the platform asks
      | kind    | use       |
      | purpose | <purpose> |
      | fields  | <field>   |
      | use     | <use>     |
    Then it is refused with "use-not-declared" under <clause> at "use"

    Examples:
      | purpose              | field         | use              | clause    |
      | reservation          | name          | fraud-monitoring | RS-USE-01 |
      | security-and-support | account-info  | advertising      | RS-USE-02 |
      | personalization      | browsing-info | advertising      | RS-USE-03 |
      | software-upgrade     | device-info   | archiving        | RS-USE-04 |
      | service-security     | click-info    | language-setting | RS-COL-06 |

  @RS-USE-02
  Scenario Outline: Data of reservations and accounts helps in support, and for no purpose besides
    When the platform asks
      | kind    | use                  |
      | purpose | security-and-support |
      | fields  | <field>              |
      | use     | customer-service     |
    Then the answer is yes
    When the platform asks whether "<field>" may be used for "software-upgrade"
    Then it is refused with "undeclared-field" under RS-USE-04 at "fields.<field>"

    Examples:
      | field     |
      | name      |
      | telephone |
      | email     |

  @RS-USE-02
  Scenario: A title from the account helps too
    When the platform asks whether "title, payment-card" may be used for "security-and-support"
    Then the answer is yes

  @RS-USE-05
  Scenario: A survey only for those who want it
    When the submission says
      | channel | survey-form |
    And the platform submits "survey" with
      | survey-answers | 满意 |
    Then it is refused with "no-consent" under RS-USE-05
    When the person gives acceptance consent to "survey"
    Then it is refused with "consent-level-too-low" under RS-USE-05 at "level"
    When the person has given opt-in consent to "survey"
    And the submission says
      | channel | survey-form |
    And the platform submits "survey" with
      | survey-answers | 满意 |
    Then it is admitted
    When the person withdraws "survey"
    And the submission says
      | channel | survey-form |
    And the platform submits "survey" with
      | survey-answers | 满意 |
    Then it is refused with "consent-withdrawn"

  @RS-USE-05
  Scenario: Who has said no is not asked again for thirty days, and may say yes at any time
    Given it is 2026-03-02 09:00
    And the person refuses "survey"
    When the person is shown a notice about "survey" with
      | channel | website |
      | asks    | yes  |
    Then it is refused with "asked-too-soon" under RS-SIL-15 at "about"
    When the person is shown a notice about "survey" with
      | channel | website |
      | asks    | no   |
    Then it is recorded
    When the clock reaches 2026-04-01 23:59
    And the person is shown a notice about "survey" with
      | channel | website |
      | asks    | yes  |
    Then it is refused with "asked-too-soon" under RS-SIL-15 at "about"
    When the clock reaches 2026-04-02 00:01
    And the person is shown a notice about "survey" with
      | channel | website |
      | asks    | yes  |
    Then it is recorded
    When another person refuses "survey"
    And another person gives opt-in consent to "survey"
    Then it is recorded
