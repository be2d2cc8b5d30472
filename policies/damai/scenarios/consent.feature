Feature: What Damai asks consent for

  @DM-SCP-03
  Scenario: Nothing is collected before the policy was shown
    Given the submission says
      | notice | 2018-01-01 |
    When the platform submits "registration"
    Then it is refused with "notice-not-current" under DM-SCP-03 at "notice"

  @DM-COL-08 @DM-COL-09
  Scenario: A tick that is not explicit is no consent to a real name
    When the person gives opt-in consent to "real-name"
    Then it is refused with "consent-level-too-low"
    When the platform submits "real-name"
    Then it is refused with "no-consent"
    And nothing is kept

  @DM-COL-10
  Scenario: A face is agreed to separately, never in a bundle
    When the person gives separate consent to "face-verification" with
      | bundled | yes |
    Then it is refused with "separate-consent-required" under DM-COL-10
    When the person gives explicit consent to "face-verification"
    Then it is refused with "separate-consent-required" under DM-COL-10
    When the person gives separate consent to "face-verification"
    Then it is recorded
    When the platform submits "face-verification"
    Then it is admitted

  @DM-COL-10
  Scenario: A face is taken for a function the person asked for
    Given a person who has given separate consent to "face-verification"
    And the submission says
      | declarations | frequent-purchaser |
    When the platform submits "face-verification"
    Then it is refused with "declaration-required" under DM-COL-10 at "declarations"

  @DM-CON-01 @DM-CON-02
  Scenario Outline: A new function, announced on <channel> as <says>: <answer>
    Given it is 2026-03-02 09:00
    And a version of 2026-04-01 in which
      | purposes.seat-map | { name: { en: Seat map, zh-CN: 座位图 }, kind: additional, clause: DM-CON-01, basis: { kind: consent, level: explicit, clause: DM-CON-02 }, class: personalization, fields: { observed-on: { required: true } }, refusing: { effect: { en: No map, zh-CN: 无座位图 }, clause: DM-COL-02 } } |
    And it is published on "policy-page, site-push" on 2026-03-01
    And two people put it in force
    And the clock reaches 2026-04-01 09:00
    When the person is shown a notice about "seat-map" with
      | channel | <channel> |
      | says    | <says>    |
    Then the answer says
      | code | <answer> |

    Examples:
      | channel       | says                   | answer            |
      | policy-update | purpose, scope, manner | -                 |
      | popup         | purpose, scope, manner | -                 |
      | page-prompt   | purpose, scope, manner | -                 |
      | billboard     | purpose, scope, manner | notice-incomplete |
      | popup         | purpose, scope         | notice-incomplete |
      | popup         | purpose, manner        | notice-incomplete |
      | popup         | scope, manner          | notice-incomplete |

  @DM-CON-02
  Scenario: A new function begins with a yes in so many words
    Given it is 2026-03-02 09:00
    And a version of 2026-04-01 in which
      | purposes.seat-map | { name: { en: Seat map, zh-CN: 座位图 }, kind: additional, clause: DM-CON-01, basis: { kind: consent, level: opt-in, clause: DM-CON-02 }, class: personalization, fields: { observed-on: { required: true } }, refusing: { effect: { en: No map, zh-CN: 无座位图 }, clause: DM-COL-02 } } |
    And it is published on "policy-page, site-push" on 2026-03-01
    And two people put it in force
    And the clock reaches 2026-04-01 09:00
    When the person gives explicit consent to "seat-map"
    Then it is refused with "notice-not-shown" under DM-CON-02
    And the consent of the person to "seat-map" is "never-asked"

  @DM-CON-05
  Scenario: What was given for a delivery is not there for a campaign
    When the platform submits "ticket-delivery" with
      | recipient-address | 浙江省杭州市余杭区文一西路969号 |
    And the platform asks whether "recipient-address" may be used for "marketing"
    Then it is refused with "undeclared-field"

  @DM-CON-05
  Scenario: Consent comes first
    Given it is 2026-03-02 10:00
    And the submission says
      | collectedAt | 2026-03-02T09:50:00+08:00 |
    And the person has given opt-in consent to "personalized-display"
    When the platform submits "personalized-display" with
      | preferred-genre | opera |
    Then it is refused with "no-consent"
    When the platform submits "personalized-display" with
      | preferred-genre | opera |
    Then it is admitted

  @DM-SHR-06
  Scenario: A yes to one affiliate is no yes to another
    When the person gives acceptance consent to "recipient.affiliate"
    Then it is refused with "consent-level-too-low"
    When the person gives explicit consent to "recipient.affiliate"
    Then it is recorded
    And the consent of the person to "recipient.affiliate" is "given"
    And the consent of the person to "recipient.supplier" is "never-asked"

  @DM-CON-02
  Scenario: A tick is no yes to a new function, a yes in so many words is
    Given it is 2026-03-02 09:00
    And a version of 2026-04-01 in which
      | purposes.seat-map | { name: { en: Seat map, zh-CN: 座位图 }, kind: additional, clause: DM-CON-01, basis: { kind: consent, level: opt-in, clause: DM-CON-02 }, class: personalization, fields: { observed-on: { required: true } }, refusing: { effect: { en: No map, zh-CN: 无座位图 }, clause: DM-COL-02 } } |
    And it is published on "policy-page, site-push" on 2026-03-01
    And two people put it in force
    And the clock reaches 2026-04-01 09:00
    And the person is shown a notice about "seat-map" with
      | version | 2026-04-01             |
      | channel | popup                  |
      | says    | purpose, scope, manner |
    When the person gives opt-in consent to "seat-map" with
      | notice | 2026-04-01 |
    Then it is refused with "consent-level-too-low" at "level"
    When the person gives explicit consent to "seat-map" with
      | notice | 2026-04-01 |
    Then it is recorded

  @DM-WDR-02
  Scenario: Who has said no is not asked again for thirty days, and may say yes at any time
    Given it is 2026-03-02 09:00
    And the person refuses "personalized-display"
    When the person is shown a notice about "personalized-display" with
      | channel | app |
      | asks    | yes  |
    Then it is refused with "asked-too-soon" under DM-SIL-01 at "about"
    When the person is shown a notice about "personalized-display" with
      | channel | app |
      | asks    | no   |
    Then it is recorded
    When the clock reaches 2026-04-01 23:59
    And the person is shown a notice about "personalized-display" with
      | channel | app |
      | asks    | yes  |
    Then it is refused with "asked-too-soon" under DM-SIL-01 at "about"
    When the clock reaches 2026-04-02 00:01
    And the person is shown a notice about "personalized-display" with
      | channel | app |
      | asks    | yes  |
    Then it is recorded
    When another person refuses "personalized-display"
    And another person gives opt-in consent to "personalized-display"
    Then it is recorded
