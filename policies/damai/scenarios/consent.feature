Feature: What Damai asks consent for

  @DM-COL-08 @DM-COL-09
  Scenario: A tick that is not explicit is no consent to a real name
    When the person gives opt-in consent to "real-name"
    Then it is refused with "consent-level-too-low"
    When the platform submits "real-name"
    Then it is refused with "no-consent"
    And nothing is kept

  @DM-COL-09
  Scenario: With explicit consent the real name is taken
    Given a person who has given explicit consent to "real-name"
    When the platform submits "real-name"
    Then it is admitted

  @DM-COL-10
  Scenario: A face is agreed to separately, never in a bundle
    When the person gives separate consent to "face-verification" with
      | bundled | yes |
    Then it is refused with "separate-consent-required" under DM-COL-10

  @DM-WDR-01
  Scenario: Who has taken back the yes to commercial messages gets none
    Given the person has given opt-in consent to "marketing"
    And the platform submits "marketing"
    When the person withdraws "marketing"
    And the platform asks whether "marketing-contact" may be used for "marketing"
    Then it is refused with "consent-withdrawn"

  @DM-WDR-01
  Scenario: Commercial messages need a contact to go to
    Given the person has given opt-in consent to "marketing"
    When the platform submits "marketing" without "marketing-contact"
    Then it is refused with "missing-field" at "fields.marketing-contact"
