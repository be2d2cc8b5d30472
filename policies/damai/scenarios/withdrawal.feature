Feature: Taking it back

  @DM-WDR-01
  Scenario: Who has taken back the yes to commercial messages gets none
    Given the person has given opt-in consent to "marketing"
    When the platform asks
      | kind    | message    |
      | message | commercial |
    Then the answer is yes
    When the person withdraws "marketing"
    And the platform asks
      | kind    | message    |
      | message | commercial |
    Then it is refused with "marketing-refused"

  @DM-WDR-02
  Scenario: Recommendations are switched off
    Given the person has given opt-in consent to "personalized-display"
    When the platform asks
      | kind    | message        |
      | message | recommendation |
    Then the answer is yes
    When the person withdraws "personalized-display"
    And the platform asks
      | kind    | message        |
      | message | recommendation |
    Then it is refused with "marketing-refused"
    When the platform asks whether "preferred-genre" may be used for "personalized-display"
    Then it is refused with "consent-withdrawn"

  @DM-WDR-03
  Scenario Outline: By way of <route> it can be withdrawn: <answer>
    Given the person has given opt-in consent to "personalized-display"
    When the person withdraws "personalized-display" with
      | route | <route> |
    Then the answer says
      | code | <answer> |

    Examples:
      | route       | answer |
      | correct     | -      |
      | delete      | -      |
      | cancel      | -      |
      | unsubscribe | -      |

  @DM-WDR-04
  Scenario: After a withdrawal nothing more is taken, and what comes late is not used
    Given it is 2026-03-02 09:00
    And the person has agreed to all that "calendar" asks for
    And the clock reaches 2026-03-02 10:00
    And the person withdraws "calendar"
    When the clock reaches 2026-03-02 10:10
    And the platform submits "calendar"
    Then it is refused with "consent-withdrawn" under DM-WDR-04
    Given the submission says
      | collectedAt | 2026-03-02T10:05:00+08:00 |
    When the platform submits "calendar"
    Then it is refused with "collected-after-withdrawal" under DM-WDR-04

  @DM-WDR-05
  Scenario: What was collected before stays collected
    Given the person has given opt-in consent to "personalized-display"
    When the platform submits "personalized-display" with
      | preferred-genre | opera |
    Then it is admitted
    When the person withdraws "personalized-display"
    Then the consent of the person to "personalized-display" is "withdrawn"

  @DM-WDR-01
  Scenario: Commercial messages need a contact to go to
    Given the person has given opt-in consent to "marketing"
    When the platform submits "marketing" without "marketing-contact"
    Then it is refused with "missing-field" at "fields.marketing-contact"

  @DM-WDR-01
  Scenario: Where commercial messages went is kept for two years after the last use of the account
    Given it is 2026-03-02 09:00
    And the person has given opt-in consent to "marketing"
    And the "last-activity" of the "account" is on 2026-03-01
    When the platform submits "marketing"
    Then it is kept until 2028-03-02

  @DM-WDR-01
  Scenario: Of an account that is never used again somebody has to know within five years
    Given it is 2026-03-02 09:00
    And the person has given opt-in consent to "marketing"
    When the platform submits "marketing"
    Then it waits for its day
    When the clock reaches 2031-03-02 23:00
    Then nothing is a finding
    When the clock reaches 2031-03-03 01:00
    Then "waiting-past-limit" is a finding about "marketing"

  @DM-WDR-05
  Scenario: The record of what was said stays for three years
    Given it is 2026-03-02 09:00
    And the person has given opt-in consent to "personalized-display"
    When the person withdraws "personalized-display"
    Then the receipt of the act says
      | receipt.event.event_state    | ConsentWithdrawn |
      | receipt.event.evidence_until | 2029-03-03       |
