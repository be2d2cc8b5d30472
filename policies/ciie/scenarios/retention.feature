Feature: How long the expo keeps, and what becomes of backups
  Nothing outlives its purpose; what cannot go at once is set apart until it can.

  Background:
    Given it is 2026-03-02 09:00
    And the person has given acceptance consent to "policy"

  @CI-RET-01 @CI-RET-02
  Scenario: Feedback is kept for a year, and gone before the day after is over
    When the submission says
      | channel | hotline |
    And the platform submits "feedback" with
      | feedback-text | 导览图请再大一些 |
    Then it is kept until 2027-03-03
    When the clock reaches 2027-03-02 23:00
    And everything due goes
    Then what is kept is
      | feedback-text | 导览图请再大一些 |
    When the clock reaches 2027-03-03 01:00
    And everything due goes
    Then nothing of it is left

  # A month's answers together, a year after its first day; those of too few people cannot be made anonymous and are forgotten.
  @CI-RET-02
  Scenario: The answers to a survey are made anonymous after a year, or go
    Given the person has given opt-in consent to "survey"
    When the platform submits "survey" with
      | preference | 智能制造 |
    Then it is kept until 2027-03-02
    When the clock reaches 2027-03-02 01:00
    And everything due goes
    Then nothing of it is left

  @CI-BAK-01 @CI-BAK-02
  Scenario: A backup that still holds what is gone is set apart, and goes when it is renewed
    When the submission says
      | channel | hotline |
    And the platform submits "feedback" with
      | feedback-text | 导览图请再大一些 |
    And the clock reaches 2027-02-20 09:00
    And a backup is taken
    Then the backup is "available"
    And the backup is gone by 2027-03-23
    When the clock reaches 2027-03-03 01:00
    And everything due goes
    Then nothing of it is left
    And the backup is "isolated"
    When the clock reaches 2027-03-22 23:00
    And everything due goes
    Then the backup is "isolated"
    When the clock reaches 2027-03-23 01:00
    And everything due goes
    Then the backup is "purged"
