Feature: How long the site keeps

  @RS-RET-01
  Scenario: What was clicked is kept for half a year, and gone before the day after is over
    Given it is 2026-03-02 09:00
    When the submission says
      | channel | site-pages |
    And the platform submits "service-security" with
      | click-info | 预订按钮 |
    Then it is kept until 2026-09-03
    When the clock reaches 2026-09-02 23:00
    And everything due goes
    Then what is kept is
      | click-info | 预订按钮 |
    When the clock reaches 2026-09-03 01:00
    And everything due goes
    Then nothing of it is left
