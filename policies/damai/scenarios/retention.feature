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
