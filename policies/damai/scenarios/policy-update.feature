Feature: When Damai changes its policy

  @DM-SCP-04
  Scenario: This version applies from its day on
    Given it is 2020-11-17 23:00
    When the platform submits "order"
    Then it is refused with "policy-not-in-force"
    When the clock reaches 2020-11-18 00:00
    And the platform submits "order"
    Then it is admitted

  @DM-UPD-02
  Scenario: What was not published is not in force
    Given it is 2026-03-02 09:00
    And a version of 2026-04-01 in which
      | title.en | Privacy policy of Damai |
    When two people put it in force with
      | decided | minor |
    Then it is refused with "change-not-published" under DM-UPD-02
    Given it is published on "policy-page" on 2026-03-01
    When two people put it in force with
      | decided | minor |
    Then the answer is yes

  @DM-UPD-03 @DM-UPD-04 @DM-UPD-05 @DM-UPD-06 @DM-UPD-07 @DM-UPD-08
  Scenario Outline: <path> is changed: <change>, and pushed on the site
    Given it is 2026-03-02 09:00
    And a version of 2026-04-01 in which
      | <path> | <value> |
    And it is published on "policy-page" on 2026-03-01
    When two people put it in force
    Then it is refused with "change-not-announced" under <clause>
    And the answer says
      | changes | <change> |
    Given it is published on "site-push" on 2026-03-01
    When two people put it in force
    Then the answer is yes

    Examples:
      | path                                            | value                                                     | change          | clause |
      | purposes.registration-additional.fields.legal-name | { required: false }                                    | service-pattern | DM-UPD-04 |
      | controller.name.en                              | Another Company Ltd.                                      | control         | DM-UPD-05 |
      | recipients.insurer                              | { name: { en: Insurer, zh-CN: 保险公司 }, kind: partner, ground: partners, clause: DM-SHR-11 } | recipients | DM-UPD-06 |
      | requests.deadline.days                          | 14                                                        | rights          | DM-UPD-07 |
      | contacts.hotline.value                          | 1010-0000                                                 | contacts        | DM-UPD-08 |

  @DM-UPD-01 @DM-UPD-07
  Scenario: A longer time to answer is fewer rights
    Given it is 2026-03-02 09:00
    And a version of 2026-04-01 in which
      | requests.deadline.days | 30 |
    And it is published on "policy-page, site-push" on 2026-03-01
    When two people put it in force
    Then the answer says
      | changes    | rights                 |
      | reductions | requests.deadline.days |

  @DM-UPD-04 @DM-UPD-06
  Scenario Outline: <path> is part of a major change: <change>
    Given it is 2026-03-02 09:00
    And a version of 2026-04-01 in which
      | <path> | <value> |
    And it is published on "policy-page, site-push" on 2026-03-01
    When two people put it in force
    Then the answer says
      | changes | <change> |

    Examples:
      | path                            | value                                                         | change          |
      | fields.nickname.sensitive       | true                                                          | service-pattern |
      | uses.jump                       | { name: { en: Jump, zh-CN: 跳转 }, clause: DM-COL-11 }        | service-pattern |
      | sdks.affiliate-security.purpose | display-and-logs                                              | recipients      |

  @DM-UPD-09
  Scenario: A high risk that an assessment found makes a change a major one, whoever says that it is minor
    Given it is 2026-03-02 09:00
    And a version of 2026-04-01 in which
      | title.en | Privacy policy of Damai |
    And it is published on "policy-page" on 2026-03-01
    When two people put it in force with
      | decided    | minor |
      | assessment | high  |
    Then it is refused with "change-not-announced" under DM-UPD-09
    And the answer says
      | changes | high-risk |
    When two people put it in force with
      | decided    | minor |
      | assessment | other |
    Then the answer is yes

  @DM-UPD-09
  Scenario: A change with a high risk is pushed on the site, and begins
    Given it is 2026-03-02 09:00
    And a version of 2026-04-01 in which
      | title.en | Privacy policy of Damai |
    And it is published on "policy-page, site-push" on 2026-03-01
    When two people put it in force with
      | decided    | minor |
      | assessment | high  |
    Then the answer is yes
    And the answer says
      | changes | high-risk |

  @DM-UPD-02
  Scenario: Published on the day before it is published in time
    Given it is 2026-03-31 09:00
    And a version of 2026-04-01 in which
      | title.en | Privacy policy of Damai |
    And it is published on "policy-page" on 2026-03-31 08:00
    When two people put it in force with
      | decided | minor |
    Then the answer is yes

  @DM-UPD-01
  Scenario: Going on after a change agrees to nothing
    Given it is 2026-03-02 09:00
    And the person has given acceptance consent to "policy"
    And a version of 2026-04-01 in which
      | fields.nickname.sensitive | true |
    And it is published on "policy-page, site-push" on 2026-03-01
    When two people put it in force
    Then the answer is yes
    When the clock reaches 2026-04-02
    And the person is shown a notice about "policy" with
      | version | 2026-04-01 |
      | channel | page       |
    And the person gives acceptance consent to "policy" with
      | implied | yes        |
      | notice  | 2026-04-01 |
    Then it is refused with "consent-level-too-low" under DM-UPD-01 at "implied"

  @DM-UPD-01
  Scenario: Fewer rights reach those who have agreed in so many words, and nobody else
    Given it is 2026-03-02 09:00
    And the person has given acceptance consent to "policy"
    And a version of 2026-04-01 in which
      | requests.deadline.days | 30 |
    And it is published on "policy-page, site-push" on 2026-03-01
    When two people put it in force
    Then the answer is yes
    When the clock reaches 2026-04-02
    And the person gives acceptance consent to "policy" with
      | notice | 2026-04-01 |
    Then the rights of the person are those of version "2020-11-18"
    When the person gives explicit consent to "policy" with
      | notice | 2026-04-01 |
    Then the rights of the person are those of version "2026-04-01"
