Feature: What was done before

  Background:
    Given the person has given acceptance consent to "policy"

  @CI-WDR-03
  Scenario: Withdrawing does not undo what was lawful before
    Given the person has given device-permission consent to "navigation"
    When the platform submits "navigation" with
      | gps-position | 31.1930,121.3010 |
    Then it is admitted
    When the clock reaches 2026-03-04
    And the person withdraws "navigation"
    Then it is recorded
    And on 2026-03-03 the consent of the person to "navigation" was "given"
    And the consent of the person to "navigation" is "withdrawn"
