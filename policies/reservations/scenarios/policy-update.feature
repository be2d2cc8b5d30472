Feature: Versions of the policy
  Every change is shown with its date.

  @RS-UPD-01
  Scenario Outline: Any change is shown, or does not begin
    Given a version of 2026-05-01 in which
      | <path> | <value> |
    When two people put it in force
    Then it is refused with "change-not-published" under RS-UPD-01 at "publications.version-prompt"
    And the answer says
      | changes | any-change |

    Examples:
      | path                                | value                                                                                                 |
      | fields.title.sensitive              | true                                                                                                  |
      | purposes.survey.fields.name         | { required: false }                                                                                   |
      | uses.profiling                      | { name: { en: Profiles, zh-CN: 画像 }, clause: RS-USE-03 }                                            |
      | recipients.airline                  | { name: { en: Airline, zh-CN: 航空公司 }, kind: partner, ground: express-consent, clause: RS-TRF-01 } |
      | sharing.identity.level              | opt-in                                                                                                |
      | transfer.grounds.user-request.level | opt-in                                                                                                |
      | publication.notice                  | [purpose]                                                                                             |
      | requests.deadline.days              | 20                                                                                                    |
      | contacts                            | { support: { name: { en: D, zh-CN: 客服 }, kind: email, value: x@y.example, clause: RS-SIL-01 } }     |
      | controller                          | { name: { en: Another Ltd., zh-CN: 另一公司 }, clause: RS-SCP-01 }                                    |

  @RS-UPD-01
  Scenario: Shown the day before it is shown in time
    Given it is 2026-04-30 09:00
    And a version of 2026-05-01 in which
      | fields.title.sensitive | true |
    And it is published on "version-prompt" on 2026-04-30 08:00
    When two people put it in force
    Then the answer is yes

  @RS-UPD-01
  Scenario: Shown with its date it begins on that day
    Given a version of 2026-05-01 in which
      | fields.title.sensitive | true |
    And it is published on "version-prompt" on 2026-03-01, to begin on 2026-05-01
    When two people put it in force
    Then the answer is yes
    When the clock reaches 2026-04-30 23:00
    Then the first version governs
    When the clock reaches 2026-05-01
    Then the version of 2026-05-01 governs

  @RS-UPD-01
  Scenario: Shown with another date it does not begin
    Given a version of 2026-05-01 in which
      | fields.title.sensitive | true |
    And it is published on "version-prompt" on 2026-03-01, to begin on 2026-05-02
    When two people put it in force
    Then it is refused with "effective-date-mismatch" at "publications.effectiveFrom"

  @RS-UPD-02
  Scenario: Whoever was shown it and goes on has agreed
    Given the person has given acceptance consent to "policy"
    And a version of 2026-05-01 in which
      | fields.title.sensitive | true |
    And it is published on "version-prompt" on 2026-03-01
    When two people put it in force
    Then the answer is yes
    When the clock reaches 2026-05-02
    And the person is shown a notice about "policy" with
      | version | 2026-05-01 |
      | channel | app        |
    And the person gives acceptance consent to "policy" with
      | implied | yes        |
      | notice  | 2026-05-01 |
    Then it is recorded

  @RS-UPD-02
  Scenario: Whoever was not shown it has not
    Given the person has given acceptance consent to "policy"
    And a version of 2026-05-01 in which
      | fields.title.sensitive | true |
    And it is published on "version-prompt" on 2026-03-01
    When two people put it in force
    Then the answer is yes
    When the clock reaches 2026-05-02
    And the person gives acceptance consent to "policy" with
      | implied | yes        |
      | notice  | 2026-05-01 |
    Then it is refused with "notice-not-shown"

  @RS-UPD-02
  Scenario: Nor before its first day
    Given the person has given acceptance consent to "policy"
    And a version of 2026-05-01 in which
      | fields.title.sensitive | true |
    And it is published on "version-prompt" on 2026-03-01
    When two people put it in force
    Then the answer is yes
    When the clock reaches 2026-04-25
    And the person is shown a notice about "policy" with
      | version | 2026-05-01 |
      | channel | app        |
    And the person gives acceptance consent to "policy" with
      | implied | yes        |
      | notice  | 2026-05-01 |
    Then it is refused with "notice-not-current" under RS-UPD-01 at "notice"

  @RS-UPD-02
  Scenario: Going on never stands for an express yes
    Given the person has given acceptance consent to "policy"
    And a version of 2026-05-01 in which
      | fields.title.sensitive | true |
    And it is published on "version-prompt" on 2026-03-01
    When two people put it in force
    Then the answer is yes
    When the clock reaches 2026-05-02
    And the person is shown a notice about "policy" with
      | version | 2026-05-01 |
      | channel | app        |
    And the person gives opt-in consent to "survey" with
      | implied | yes        |
      | notice  | 2026-05-01 |
    Then it is refused with "consent-level-too-low"
