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
