Feature: Changes of the policy of E票电影

  @EP-UPD-10
  Scenario Outline: The policy governs nothing before the first of November 2021
    Given it is 2021-11-02 12:00
    And the person has given acceptance consent to "policy"
    And the submission says
      | collectedAt | <when> |
    When the platform submits "ordering" with
      | mobile-number    | 13800138000               |
      | item             | 电影票                    |
      | order-number     | EP20211110001             |
      | order-created-at | 2021-11-10T10:00:00+08:00 |
      | amount-due       | 79.8                      |
      | film-title       | 长津湖                    |
      | showing-time     | 2021-11-12T19:30:00+08:00 |
      | venue            | 北京朝阳大悦城影城 3 号厅 |
      | ticket-count     | 2                         |
      | goods            | 爆米花套餐                |
    Then the answer says
      | code   | <answer> |
      | clause | <clause> |
      | field  | <at>     |

    Examples:
      | when                      | answer              | clause    | at          |
      | 2021-10-31 23:59:59 | policy-not-in-force | EP-UPD-10 | collectedAt |
      | 2021-11-01 00:00:00 | -                   | -         | -           |


  # Field, purpose and recipient in another version: what is added waits for each person.
  @EP-CON-05 @EP-CON-06
  Scenario: A new field is explained first, then agreed to in so many words
    Given the person has agreed to all that "analytics" asks for
    And a version of 2026-04-01 in which
      | purposes.analytics.fields.network-type | null |
    And it is published on "website, client, public-notice, popup" on 2026-03-01
    And two people put it in force
    When the clock reaches 2026-04-01 09:00
    And the platform submits "analytics" with
      | network-type | 5G |
    Then it is refused with "reconsent-required"
    When the person gives explicit consent to "analytics" with
      | notice | 2026-04-01 |
    Then it is refused with "notice-not-shown" under EP-CON-05
    When the person is shown a notice about "analytics" with
      | version | 2026-04-01             |
      | channel | popup                  |
      | says    | purpose, scope, manner |
    And the person gives opt-in consent to "analytics" with
      | notice | 2026-04-01 |
    Then it is refused with "consent-level-too-low"
    When the person gives explicit consent to "analytics" with
      | notice | 2026-04-01 |
    Then it is recorded
    When the platform submits "analytics" with
      | network-type | 5G |
    Then it is admitted

  @EP-CON-05
  Scenario Outline: A notice about something new says three things on one of three channels: <channel>, <says>
    Given the person has agreed to all that "analytics" asks for
    And a version of 2026-04-01 in which
      | purposes.analytics.fields.network-type | null |
    And it is published on "website, client, public-notice, popup" on 2026-03-01
    And two people put it in force
    And the clock reaches 2026-04-01 09:00
    When the person is shown a notice about "analytics" with
      | version | 2026-04-01 |
      | channel | <channel>  |
      | says    | <says>     |
    Then the answer says
      | code | <answer> |

    Examples:
      | channel       | says                   | answer            |
      | policy-update | purpose, scope, manner | -                 |
      | popup         | purpose, scope, manner | -                 |
      | page-notice   | purpose, scope, manner | -                 |
      | email         | purpose, scope, manner | notice-incomplete |
      | popup         | scope, manner          | notice-incomplete |
      | popup         | purpose, manner        | notice-incomplete |
      | popup         | purpose, scope         | notice-incomplete |

  @EP-CON-06
  Scenario: Silence is a no
    Given the person has agreed to all that "analytics" asks for
    And a version of 2026-04-01 in which
      | purposes.analytics.fields.network-type | null |
    And it is published on "website, client, public-notice, popup" on 2026-03-01
    And two people put it in force
    When the clock reaches 2026-06-01 09:00
    And the platform submits "analytics" with
      | network-type | 5G |
    Then it is refused with "reconsent-required"

  @EP-CON-20 @EP-UPD-07
  Scenario: Fewer rights reach those who agreed to them, and nobody else
    Given the person has given acceptance consent to "policy"
    And a version of 2026-04-01 in which
      | requests.deadline.days | 20 |
    And it is published on "website, client, public-notice, popup" on 2026-03-01
    When two people put it in force
    Then the answer is yes
    And the answer says
      | changes | rights |
    When the clock reaches 2026-04-02 09:00
    Then the version of 2026-04-01 governs
    And the rights of the person are those of version "2021-10-20"
    When the person gives acceptance consent to "policy" with
      | notice | 2026-04-01 |
    Then the rights of the person are those of version "2021-10-20"
    When the person gives explicit consent to "policy" with
      | notice | 2026-04-01 |
    Then the rights of the person are those of version "2026-04-01"

  @EP-UPD-02
  Scenario Outline: A version is published on the site and in the clients before it governs: <published>
    Given a version of 2026-04-01 in which
      | backups.maxDays | 60 |
    And it is published on "<published>" on 2026-03-01
    When two people put it in force
    Then the answer says
      | code  | <answer> |
      | field | <at>     |

    Examples:
      | published       | answer               | at                   |
      | website, client | -                    | -                    |
      | website         | change-not-published | publications.client  |
      | client          | change-not-published | publications.website |

  @EP-UPD-03
  Scenario Outline: A major change is announced and shown in a pop-up as well: <announced>
    Given a version of 2026-04-01 in which
      | purposes.analytics.fields.network-type | null |
    And it is published on "website, client, <announced>" on 2026-03-01
    When two people put it in force
    Then the answer says
      | code  | <answer> |
      | field | <at>     |

    Examples:
      | announced            | answer               | at                         |
      | public-notice, popup | -                    | -                          |
      | public-notice        | change-not-announced | publications.popup         |
      | popup                | change-not-announced | publications.public-notice |

  @EP-UPD-04 @EP-UPD-05 @EP-UPD-06 @EP-UPD-07 @EP-UPD-08
  Scenario Outline: <path> is a major change: <kind>
    Given a version of 2026-04-01 in which
      | <path> | <value> |
    And it is published on "website, client, public-notice, popup" on 2026-03-01
    When two people put it in force
    Then the answer is yes
    And the answer says
      | changes | <kind> |

    Examples:
      | path                                   | value                  | kind          |
      | purposes.analytics.fields.network-type | null                   | service-model |
      | fields.imei.sensitive                  | true                   | service-model |
      | purposes.avatar.uses                   | [avatar-display, jump] | service-model |
      | uses.jump.whilePermitted               | true                   | service-model |
      | controller.name.zh-CN                  | 另一家公司             | control       |
      | recipients.vendor.fields               | [order-number]         | recipients    |
      | sdks.umeng.flows.0.fields              | [imei, mac]            | recipients    |
      | requests.deadline.target               | 8                      | rights        |
      | contacts.customer-service.value        | 400-113-9002           | contact       |
      | backups.maxDays                        | 60                     | -             |

  @EP-UPD-09
  Scenario: An assessment that shows high risk makes a change a major one
    Given a version of 2026-04-01 in which
      | backups.maxDays | 60 |
    And it is published on "website, client" on 2026-03-01
    When two people put it in force with
      | assessment | high |
    Then it is refused with "change-not-announced" under EP-UPD-09
    When two people put it in force with
      | assessment | other |
    Then the answer is yes

  @EP-UPD-03
  Scenario: Announced on the day before it is announced in time
    Given it is 2026-03-31 09:00
    And a version of 2026-04-01 in which
      | purposes.analytics.fields.network-type | null |
    And it is published on "website, client, public-notice, popup" on 2026-03-31 08:00
    When two people put it in force
    Then the answer is yes

  @EP-UPD-07 @EP-WDR-02
  Scenario Outline: A way to take consent back that goes is a right less
    Given a version of 2026-04-01 in which
      | requests.types.withdrawal.channels | <left> |
    And it is published on "website, client, public-notice, popup" on 2026-03-01
    When two people put it in force
    Then the answer says
      | changes    | rights                                    |
      | reductions | requests.types.withdrawal.channels.<gone> |

    Examples:
      | gone             | left               |
      | customer-service | [device-settings]  |
      | device-settings  | [customer-service] |
