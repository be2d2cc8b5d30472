Feature: Masked, and shut

  Background:
    Given the person has given acceptance consent to "policy"

  @CI-SEC-04
  Scenario Outline: Staff see masked values
    When the platform submits "personnel-entry" with
      | name    | 王晓明  |
      | <field> | <value> |
    Then it is admitted
    When a member of the staff opens "<field>" for "personnel-entry"
    Then the answer says
      | <field> | <seen> |
    When the platform opens "<field>" for "personnel-entry"
    Then the answer says
      | <field> | <value> |

    Examples:
      | field           | value              | seen         |
      | mobile-number   | 13816550021        | 138****0021  |
      | id-card-number  | 310104199003074027 | 3101****4027 |
      | passport-number | E12345678          | E1****78     |

  @CI-SEC-06
  Scenario: Whoever has no right to it opens nothing
    When the platform submits "personnel-entry" with
      | name           | 王晓明             |
      | id-card-number | 310104199003074027 |
    Then it is admitted
    When an auditor opens "id-card-number" for "personnel-entry"
    Then the door stays shut
    When the platform opens "id-card-number" for "personnel-entry"
    Then the answer says
      | id-card-number | 310104199003074027 |

  @CI-SEC-04
  Scenario: What comes through the log is sealed before it lies anywhere, and masked where it is shown
    Given the platform submits through the log
    When the platform submits "personnel-entry" with
      | name          | 王晓明      |
      | mobile-number | 13816550021 |
    Then it is admitted
    And nothing that travelled through the log can be read
    When a member of the staff opens "mobile-number" for "personnel-entry"
    Then the answer says
      | mobile-number | 138****0021 |
