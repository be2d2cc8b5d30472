Feature: Versions of the policy
  A change is published, a major one is told, and nobody has fewer rights without an express yes.

  @CI-UPD-01
  Scenario: Nothing was judged by it before July 2021
    Given it is 2021-06-30 23:30
    When the platform submits "personnel-entry" with
      | name | 王晓明 |
    Then it is refused with "policy-not-in-force" under CI-UPD-01 at "collectedAt"

  @CI-UPD-01
  Scenario: From its first day on it governs
    Given it is 2021-07-01
    And the person has given acceptance consent to "policy"
    When the platform submits "personnel-entry" with
      | name | 王晓明 |
    Then it is admitted

  @CI-UPD-04 @CI-UPD-07 @CI-UPD-08 @CI-UPD-09 @CI-UPD-10 @CI-UPD-11 @CI-SCP-05
  Scenario Outline: What the policy itself calls a major change is told, or does not begin
    Given a version of 2026-05-01 in which
      | <path> | <value> |
    And it is published on "policy-page" on 2026-03-01
    When two people put it in force
    Then it is refused with "change-not-announced" under <clause> at "publications.push"
    And the answer says
      | changes | <kind> |

    Examples:
      | path                             | value                                                                                         | kind         | clause    |
      | fields.voiceprint                | { name: { en: Voiceprint, zh-CN: 声纹 }, category: biometric, clause: CI-DEF-03 }             | service-mode | CI-UPD-07 |
      | purposes.survey.fields.education | { required: false }                                                                           | service-mode | CI-UPD-07 |
      | uses.profiling                   | { name: { en: Profiles, zh-CN: 画像 }, clause: CI-USE-09 }                                    | service-mode | CI-UPD-07 |
      | controller.country               | HK                                                                                            | ownership    | CI-UPD-08 |
      | recipients.insurer               | { name: { en: Insurer, zh-CN: 保险公司 }, kind: partner, ground: consent, clause: CI-SHR-05 } | recipients   | CI-UPD-09 |
      | sdks.zxing.purpose               | navigation                                                                                    | recipients   | CI-UPD-09 |
      | requests.types.copy.selfService  | []                                                                                            | rights       | CI-UPD-10 |
      | contacts.hotline.value           | +86-21-000000                                                                                 | contacts     | CI-UPD-11 |

  @CI-UPD-04 @CI-UPD-06 @CI-UPD-07 @CI-UPD-08 @CI-UPD-09 @CI-UPD-10 @CI-UPD-11
  Scenario Outline: Told by a push message it begins
    Given a version of 2026-05-01 in which
      | <path> | <value> |
    And it is published on "policy-page, push" on 2026-03-01
    When two people put it in force
    Then the answer is yes
    And the answer says
      | changes | <kind> |
    And the first version governs
    When the clock reaches 2026-04-30 23:00
    Then the first version governs
    When the clock reaches 2026-05-01
    Then the version of 2026-05-01 governs

    Examples:
      | path                             | value                                                                                         | kind         |
      | fields.voiceprint                | { name: { en: Voiceprint, zh-CN: 声纹 }, category: biometric, clause: CI-DEF-03 }             | service-mode |
      | purposes.survey.fields.education | { required: false }                                                                           | service-mode |
      | uses.profiling                   | { name: { en: Profiles, zh-CN: 画像 }, clause: CI-USE-09 }                                    | service-mode |
      | controller.country               | HK                                                                                            | ownership    |
      | recipients.insurer               | { name: { en: Insurer, zh-CN: 保险公司 }, kind: partner, ground: consent, clause: CI-SHR-05 } | recipients   |
      | sdks.zxing.purpose               | navigation                                                                                    | recipients   |
      | requests.types.copy.selfService  | []                                                                                            | rights       |
      | contacts.hotline.value           | +86-21-000000                                                                                 | contacts     |

  @CI-UPD-03
  Scenario: A version that stands on no page does not begin
    Given a version of 2026-05-01 in which
      | requests.types.copy.selfService | [] |
    And it is published on "push" on 2026-03-01
    When two people put it in force
    Then it is refused with "change-not-published" at "publications.policy-page"

  @CI-UPD-06
  Scenario: A notice that gives another day
    Given a version of 2026-05-01 in which
      | fields.email.sensitive | true |
    And it is published on "policy-page" on 2026-03-01
    And it is published on "push" on 2026-03-01, to begin on 2026-05-10
    When two people put it in force
    Then it is refused with "effective-date-mismatch" at "publications.effectiveFrom"

  @CI-UPD-06
  Scenario: A notice that gives the right day
    Given a version of 2026-05-01 in which
      | fields.email.sensitive | true |
    And it is published on "policy-page" on 2026-03-01
    And it is published on "push" on 2026-03-01, to begin on 2026-05-01
    When two people put it in force
    Then the answer is yes

  @CI-SCP-05
  Scenario: Services change without being told
    Given a version of 2026-05-01 in which
      | scope.products.vr-tour | { name: { en: Virtual tour, zh-CN: 云展厅 }, judgedBy: this-pack, clause: CI-DEF-01 } |
    And it is published on "policy-page" on 2026-03-01
    When two people put it in force with
      | decided | minor |
    Then the answer is yes

  @CI-SCP-05
  Scenario: What is done with data does not change without notice, whoever says that it is minor
    Given a version of 2026-05-01 in which
      | purposes.profile.fields.age | { required: false } |
    And it is published on "policy-page" on 2026-03-01
    When two people put it in force with
      | decided | minor |
    Then it is refused with "change-not-announced" under CI-UPD-07 at "publications.push"

  @CI-UPD-12
  Scenario: A high risk that an assessment found makes a change a major one, whoever says that it is minor
    Given a version of 2026-05-01 in which
      | title.en | Privacy policy of the Expo |
    And it is published on "policy-page" on 2026-03-01
    When two people put it in force with
      | decided    | minor |
      | assessment | high  |
    Then it is refused with "change-not-announced" under CI-UPD-12 at "publications.push"
    And the answer says
      | changes | high-risk |
    When two people put it in force with
      | decided    | minor |
      | assessment | other |
    Then the answer is yes

  @CI-UPD-12
  Scenario: A change with a high risk begins once it has been told by a push message
    Given a version of 2026-05-01 in which
      | title.en | Privacy policy of the Expo |
    And it is published on "policy-page, push" on 2026-03-01
    When two people put it in force with
      | decided    | minor |
      | assessment | high  |
    Then the answer is yes
    And the answer says
      | changes | high-risk |

  @CI-UPD-05
  Scenario: Going on after a change that was told counts as accepting it
    Given the person has given acceptance consent to "policy"
    And a version of 2026-05-01 in which
      | fields.email.sensitive | true |
    And it is published on "policy-page, push" on 2026-03-01
    When two people put it in force
    Then the answer is yes
    When the clock reaches 2026-05-02
    And the person is shown a notice about "policy" with
      | version | 2026-05-01 |
      | channel | mobile-app |
    And the person gives acceptance consent to "policy" with
      | implied | yes        |
      | notice  | 2026-05-01 |
    Then it is recorded

  @CI-UPD-05
  Scenario: Going on without having been told counts as nothing
    Given the person has given acceptance consent to "policy"
    And a version of 2026-05-01 in which
      | fields.email.sensitive | true |
    And it is published on "policy-page, push" on 2026-03-01
    When two people put it in force
    Then the answer is yes
    When the clock reaches 2026-05-02
    And the person gives acceptance consent to "policy" with
      | implied | yes        |
      | notice  | 2026-05-01 |
    Then it is refused with "notice-not-shown"

  @CI-UPD-05 @CI-UPD-02
  Scenario: Going on never stands for a yes of its own
    Given the person has given acceptance consent to "policy"
    And a version of 2026-05-01 in which
      | fields.email.sensitive | true |
    And it is published on "policy-page, push" on 2026-03-01
    When two people put it in force
    And the clock reaches 2026-05-02
    And the person gives explicit consent to "inquiry-real-name" with
      | implied | yes        |
      | notice  | 2026-05-01 |
    Then it is refused with "consent-level-too-low"

  @CI-UPD-02 @CI-UPD-10
  Scenario Outline: Fewer rights are seen as such
    Given a version of 2026-05-01 in which
      | <path> | <value> |
    And it is published on "policy-page, push" on 2026-03-01
    When two people put it in force
    Then the answer is yes
    And the answer says
      | changes    | rights      |
      | reductions | <reduction> |

    Examples:
      | path                   | value | reduction              |
      | requests.deadline.days | 31    | requests.deadline.days |
      | requests.fee.amount    | 10    | requests.fee.amount    |

  @CI-UPD-10 @CI-UPD-02
  Scenario: More rights are none the less told, and are no reduction
    Given a version of 2026-05-01 in which
      | requests.deadline.days | 29 |
    And it is published on "policy-page, push" on 2026-03-01
    When two people put it in force
    Then the answer says
      | changes    | rights |
      | reductions | -      |

  @CI-UPD-14
  Scenario: The earlier version stays to be read
    Given a version of 2026-05-01 in which
      | fields.email.sensitive | true |
    And it is published on "policy-page, push" on 2026-03-01
    When two people put it in force
    And the clock reaches 2026-05-02
    Then the version of 2026-05-01 governs
    And the first version can still be read as it was

  @CI-UPD-06
  Scenario: Told on the day before it is told in time
    Given it is 2026-04-30 09:00
    And a version of 2026-05-01 in which
      | fields.email.sensitive | true |
    And it is published on "policy-page, push" on 2026-04-30 08:00
    When two people put it in force
    Then the answer is yes

  @CI-UPD-02
  Scenario: Fewer rights reach those who have agreed in so many words, and nobody else
    Given the person has given acceptance consent to "policy"
    And a version of 2026-05-01 in which
      | requests.deadline.days | 31 |
    And it is published on "policy-page, push" on 2026-03-01
    When two people put it in force
    Then the answer is yes
    When the clock reaches 2026-05-02
    And the person gives acceptance consent to "policy" with
      | notice | 2026-05-01 |
    Then the rights of the person are those of version "2021-07"
    When the person gives explicit consent to "policy" with
      | notice | 2026-05-01 |
    Then the rights of the person are those of version "2026-05-01"

  @CI-UPD-02 @CI-WDR-04
  Scenario Outline: A way to change or withdraw an authorization that goes is a right less
    Given a version of 2026-05-01 in which
      | requests.types.<type>.channels | [] |
    And it is published on "policy-page, push" on 2026-03-01
    When two people put it in force
    Then the answer says
      | changes    | rights                                 |
      | reductions | requests.types.<type>.channels.hotline |

    Examples:
      | type         |
      | change-scope |
      | withdraw     |

  @CI-UPD-02 @CI-WDR-04
  Scenario Outline: So is a page on which a person does it alone
    Given a version of 2026-05-01 in which
      | requests.types.<type>.selfService | [] |
    And it is published on "policy-page, push" on 2026-03-01
    When two people put it in force
    Then the answer says
      | changes    | rights                            |
      | reductions | requests.types.<type>.selfService |

    Examples:
      | type         |
      | change-scope |
      | withdraw     |

  @CI-CON-01
  Scenario: Whoever has answered an earlier version has answered
    Given the person has given acceptance consent to "policy"
    And a version of 2026-05-01 in which
      | fields.email.sensitive | true |
    And it is published on "policy-page, push" on 2026-03-01
    When two people put it in force
    Then the answer is yes
    When the clock reaches 2026-05-02
    Then the version of 2026-05-01 governs
    When the platform submits "personnel-entry" with
      | name | 王晓明 |
    Then it is admitted
