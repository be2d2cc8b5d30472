Feature: How long Damai keeps

  @DM-RET-03
  Scenario: An order waits for its transaction; then three years are the law's
    Given it is 2026-03-02 09:00
    When the platform submits "order"
    Then it is admitted
    And it waits for its day

  # Usage logs: six months from the day of collection, gone before the next day ends.
  @DM-RET-02
  Scenario Outline: What is logged on <day> is kept until <end>
    Given it is <day> 09:00
    When the platform submits "display-and-logs" with
      | ip-address | 192.0.2.7 |
    Then it is kept until <end>

    Examples:
      | day        | end        |
      | 2026-03-02 | 2026-09-03 |
      | 2026-08-31 | 2027-03-01 |

  @DM-RET-02 @DM-RET-08
  Scenario: On its day it is kept no longer; the day before it still is
    Given it is 2026-03-02 09:00
    When the platform submits "display-and-logs" with
      | ip-address | 192.0.2.7 |
    And the clock reaches 2026-09-02 23:00
    And everything due goes
    Then what is kept is
      | ip-address | 192.0.2.7 |
    When the clock reaches 2026-09-03 01:00
    And everything due goes
    Then nothing of it is left

  @DM-RET-02
  Scenario: What is held stays beyond its day, and goes when another person releases it
    Given it is 2026-03-02 09:00
    When the platform submits "display-and-logs" with
      | ip-address | 192.0.2.7 |
    And an officer holds what is kept of the person until 2026-12-31
    And the clock reaches 2026-09-03 01:00
    And everything due goes
    Then what is kept is
      | ip-address | 192.0.2.7 |
    When another officer releases the hold
    Then nothing of it is left

  @DM-RET-02 @DM-RET-03
  Scenario: An order whose transaction never ends is not guessed at, but found
    Given it is 2026-03-02 09:00
    When the platform submits "order"
    Then it waits for its day
    And nothing is a finding
    When the clock reaches 2028-03-03 09:00
    Then "waiting-past-limit" is a finding
    When the "transaction-completed" of the "order" is on 2028-03-03
    Then nothing is a finding

  # A backup keeps at most 90 days what has gone from the live systems.
  @DM-BAK-01
  Scenario: A backup is isolated when what it holds goes, and is purged on its date
    Given it is 2026-08-20 09:00
    When the platform submits "display-and-logs" with
      | ip-address | 192.0.2.7 |
    And the clock reaches 2027-01-10 09:00
    And a backup is taken
    Then the backup is "available"
    And the backup is gone by 2027-04-11
    When the clock reaches 2027-02-21 01:00
    And everything due goes
    Then nothing of it is left
    And the backup is "isolated"
    When the clock reaches 2027-04-11 01:00
    And everything due goes
    Then the backup is "purged"
