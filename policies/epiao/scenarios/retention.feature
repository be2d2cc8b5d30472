Feature: How long E票电影 keeps

  # Three years from the completion of the trade; where there is no such day, the next one counts.
  @EP-RET-03
  Scenario Outline: A trade completed on <completed> is kept until <end>
    Given it is <now> 09:00
    And the person has given acceptance consent to "policy"
    And the "transaction-completed" of the "order" is on <completed>
    When the platform submits "ordering"
    Then it is kept until <end>

    Examples:
      | now        | completed  | end        |
      | 2026-03-02 | 2026-03-01 | 2029-03-02 |
      | 2028-03-02 | 2028-02-29 | 2031-03-02 |

  @EP-RET-01 @EP-RET-05 @EP-RET-08
  Scenario: What was browsed is kept for half a year, and gone before the day after is over
    Given it is 2026-03-02 09:00
    And the person has agreed to all that "account-safety" asks for
    When the platform submits "account-safety" with
      | browse-record | 影片详情页 |
    Then it is kept until 2026-09-03
    When the clock reaches 2026-09-02 23:00
    And everything due goes
    Then what is kept is
      | browse-record | 影片详情页 |
    When the clock reaches 2026-09-03 01:00
    And everything due goes
    Then nothing of it is left

  # What is kept is looked for in the backup, while it may be restored and when it is set apart: none of it can be read there.
  @EP-BAK-02
  Scenario: A backup is sealed where it lies, set apart or not
    Given it is 2026-03-02 09:00
    And the person has agreed to all that "account-safety" asks for
    When the platform submits "account-safety" with
      | browse-record | 影片详情页 |
    And the clock reaches 2026-08-01 09:00
    And the platform submits "account-safety" with
      | browse-record | 影院详情页 |
    And a backup is taken
    And an auditor looks at how the backup is stored, for what is held of the person
    Then the answer says
      | values  | 2 |
      | inClear | 0 |
    When the clock reaches 2026-09-03 01:00
    And everything due goes
    Then the backup is "isolated"
    When an auditor looks at how the backup is stored, for what is held of the person
    Then the answer says
      | values  | 1 |
      | inClear | 0 |

  # A backup keeps at most 90 days what has gone from the live systems, set apart from everything else.
  @EP-BAK-01 @EP-BAK-03 @EP-BAK-04
  Scenario: A backup is set apart when what it holds goes, until it goes itself
    Given it is 2026-03-02 09:00
    And the person has agreed to all that "account-safety" asks for
    When the platform submits "account-safety" with
      | browse-record | 影片详情页 |
    And the clock reaches 2026-08-01 09:00
    And a backup is taken
    Then the backup is "available"
    And the backup is gone by 2026-10-31
    When the clock reaches 2026-09-03 01:00
    And everything due goes
    Then nothing of it is left
    And the backup is "isolated"
    When the clock reaches 2026-10-30 23:00
    And everything due goes
    Then the backup is "isolated"
    When the clock reaches 2026-10-31 01:00
    And everything due goes
    Then the backup is "purged"
