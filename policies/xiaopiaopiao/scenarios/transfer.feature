Feature: Whoever takes 小票票商户版 over

  @XP-TRF-04
  Scenario: A new holder that will not be bound asks every person afresh
    When the platform asks
      | kind      | recipient |
      | recipient | successor |
      | evidence  | -         |
    Then it is refused with "reconsent-required" under XP-TRF-04
    When the person has given explicit consent to "recipient.successor"
    And the platform asks
      | kind      | recipient |
      | recipient | successor |
      | evidence  | -         |
    Then the answer is yes
    When the person withdraws "recipient.successor"
    And the platform asks
      | kind      | recipient |
      | recipient | successor |
      | evidence  | -         |
    Then it is refused with "reconsent-required"

  @XP-TRF-04
  Scenario: One that undertakes to keep to the policy need not ask
    When the platform asks
      | kind      | recipient   |
      | recipient | successor   |
      | evidence  | undertaking |
    Then the answer is yes
