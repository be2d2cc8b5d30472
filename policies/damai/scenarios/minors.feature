Feature: Children

  @DM-MIN-01
  Scenario Outline: Somebody born on <born> books without a guardian: <answer>
    Given it is 2026-03-02 09:00
    And the person is born on <born>
    When the platform submits "order"
    Then the answer says
      | code | <answer> |

    Examples:
      | born       | answer                    |
      | 2012-03-02 | -                         |
      | 2012-03-03 | guardian-consent-required |
