Feature: The end of the expo's services

  Background:
    Given it is 2026-03-02 09:00
    And the person has given acceptance consent to "policy"

  # No statute keeps anything here: what has a date goes before it, what waits for its anchor waits no longer.
  @CI-CES-01
  Scenario: When the services stop, their data is deleted, and no copy of a key is left
    When the submission says
      | channel | hotline |
    And the platform submits "feedback" with
      | feedback-text | 导览图请再大一些 |
    Then it is kept until 2027-03-03
    When a backup is taken
    And two officers end the service
    And the submission says
      | channel | hotline |
    And the platform submits "feedback"
    Then it is refused with "tenant-closed" under CI-CES-01
    And nothing is left but what a floor keeps
    And the end of the service is "shredded"
    And the backup is "purged"
    When the key epoch ends
    Then the end of the service is "final"
