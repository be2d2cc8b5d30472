Feature: What Damai collects

  @DM-COL-04
  Scenario: Registration takes a mobile number
    When the platform submits "registration" with
      | account-name  | 小明        |
      | nickname      | 明明        |
      | password      | 密文        |
      | mobile-number | 13800000000 |
    Then it is admitted
    And what is kept is
      | account-name  | 小明        |
      | nickname      | 明明        |
      | password      | 密文        |
      | mobile-number | 13800000000 |

  @DM-COL-01 @DM-COL-04
  Scenario Outline: Without <field> there is no account
    When the platform submits "registration" without "<field>"
    Then it is refused with "missing-field" under DM-COL-01 at "fields.<field>"
    And nothing is kept

    Examples:
      | field         |
      | account-name  |
      | nickname      |
      | password      |
      | mobile-number |

  @DM-COL-03
  Scenario: What no purpose names is not collected
    When the platform submits "astrology" with
      | nickname | 明明 |
    Then it is refused with "undeclared-purpose" under DM-COL-03 at "purpose"
