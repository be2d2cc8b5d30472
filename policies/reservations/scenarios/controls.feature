Feature: Security controls of the reservations site

  Scenario Outline: Evidence of <control> is filed again in time
    Given it is 2026-03-02 09:00
    Then the control "<control>" is "missing"
    When an officer files "rumor" as evidence of "<control>"
    Then it is refused with "collection/other-evidence"
    When an officer files "<kind>" as evidence of "<control>"
    Then the answer says
      | until | <until> |
    And the control "<control>" is "current"
    When the clock reaches <until> 23:00
    Then the control "<control>" is "current"
    When the clock reaches <overdue> 01:00
    Then the control "<control>" is "overdue"

    @RS-SEC-04
    Examples:
      | control               | kind  | until      | overdue    |
      | encryption-in-transit | probe | 2026-04-02 | 2026-04-03 |

    @RS-SEC-02
    Examples:
      | control           | kind      | until      | overdue    |
      | storage-inventory | inventory | 2027-03-02 | 2027-03-03 |
