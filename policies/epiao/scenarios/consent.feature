Feature: How E票电影 asks for consent

  @EP-CON-01
  Scenario: Nothing is collected from a person who has not agreed to the policy
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
    Then it is refused with "policy-not-accepted" under EP-CON-01 at "notice"
    Given the person has given acceptance consent to "policy"
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
    Then it is admitted

  @EP-CON-02
  Scenario Outline: Agreement by use agrees to the policy and to nothing that asks for more
    Given the person gives acceptance consent to "policy" with
      | implied | yes |
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
    Then it is admitted
    When the person gives <level> consent to "<purpose>" with
      | implied | yes |
    Then it is refused with "consent-level-too-low" under <clause> at "level"

    Examples:
      | purpose        | level             | clause    |
      | page-fit       | opt-in            | EP-CON-04 |
      | self-start     | explicit          | EP-SDK-22 |
      | nearby-cinemas | device-permission | EP-PRM-05 |

  @EP-CON-03
  Scenario Outline: Who refuses what a basic function needs does without that function
    Given the person has given acceptance consent to "policy"
    When the person refuses "<purpose>"
    And the platform asks
      | kind    | page      |
      | purpose | <purpose> |
    Then it is refused with "consent-refused" under EP-CON-03 at "purpose"
    When the platform asks
      | kind    | page   |
      | purpose | browse |
    Then the answer is yes
    When the person has given acceptance consent to "<purpose>"
    And the platform asks
      | kind    | page      |
      | purpose | <purpose> |
    Then the answer is yes

    Examples:
      | purpose        |
      | membership     |
      | account-safety |
      | payment-status |

  @EP-CON-03
  Scenario Outline: Without membership there are no functions of members, and the answer says so
    Given the person has given acceptance consent to "policy"
    And the person has given device-permission consent to "<purpose>"
    When the person refuses "membership"
    And the platform asks
      | kind    | page      |
      | purpose | <purpose> |
    Then it is refused with "consent-refused" under EP-CON-03 at "purposes.membership"

    Examples:
      | purpose          |
      | promotion-notice |
      | avatar           |

  @EP-CON-03
  Scenario: Nor the notices of the service
    Given the person has given acceptance consent to "policy"
    When the person refuses "membership"
    And the platform asks
      | kind    | page           |
      | purpose | service-notice |
    Then it is refused with "consent-refused" under EP-CON-03 at "purposes.membership"

  @EP-CON-04
  Scenario Outline: Who refuses an additional function loses that function and no basic one
    Given the person has agreed to all that "membership" asks for
    When the person refuses "<purpose>"
    And the platform asks
      | kind    | page      |
      | purpose | <purpose> |
    Then it is refused with "consent-refused" at "purpose"
    When the platform asks
      | kind    | page       |
      | purpose | membership |
    Then the answer is yes
    When the platform asks
      | kind    | page     |
      | purpose | ordering |
    Then the answer is yes
    When the platform asks
      | kind    | page             |
      | purpose | customer-service |
    Then the answer is yes
    When the platform asks
      | kind    | page   |
      | purpose | browse |
    Then the answer is yes

    Examples:
      | purpose             |
      | page-fit            |
      | device              |
      | device-location     |
      | activity            |
      | prize-delivery      |
      | promotion-notice    |
      | offline-positioning |
      | cinema-map          |
      | avatar              |
      | nearby-cinemas      |
      | sign-in-by-wechat   |
      | share-link          |
      | push                |
      | analytics           |
      | deep-link           |
      | etag-improvement    |
      | self-start          |
      | magiclink-app-list  |
      | push-app-list       |

  @EP-CON-04
  Scenario Outline: An additional function waits for a yes as strong as it asks for
    Given the person has given acceptance consent to "policy"
    When the person gives <weaker> consent to "<purpose>"
    Then it is refused with "consent-level-too-low" at "level"
    When the person gives <level> consent to "<purpose>"
    Then it is recorded

    Examples:
      | purpose             | weaker            | level             |
      | page-fit            | acceptance        | opt-in            |
      | device              | opt-in            | device-permission |
      | device-location     | opt-in            | device-permission |
      | activity            | acceptance        | opt-in            |
      | prize-delivery      | acceptance        | opt-in            |
      | promotion-notice    | acceptance        | opt-in            |
      | offline-positioning | opt-in            | device-permission |
      | cinema-map          | acceptance        | opt-in            |
      | avatar              | opt-in            | device-permission |
      | nearby-cinemas      | opt-in            | device-permission |
      | sign-in-by-wechat   | acceptance        | opt-in            |
      | share-link          | acceptance        | opt-in            |
      | push                | acceptance        | opt-in            |
      | analytics           | acceptance        | opt-in            |
      | deep-link           | acceptance        | opt-in            |
      | etag-improvement    | acceptance        | opt-in            |
      | self-start          | device-permission | explicit          |
      | magiclink-app-list  | acceptance        | opt-in            |
      | push-app-list       | acceptance        | opt-in            |

  @EP-CON-07
  Scenario: A purpose the policy does not name is refused whatever is held for another
    Given the person has agreed to all that "membership" asks for
    When the platform submits "membership" with
      | mobile-number | 13800138000   |
      | username      | 芳芳爱电影    |
      | password      | 口令摘要 7f3a |
    Then it is admitted
    When the platform asks whether "mobile-number" may be used for "credit-scoring"
    Then it is refused with "undeclared-purpose" under EP-COL-32 at "purpose"
    When the platform asks
      | kind    | use         |
      | purpose | ordering    |
      | fields  | item        |
      | use     | advertising |
    Then it is refused with "use-not-declared" at "use"

  @EP-CON-08
  Scenario Outline: What is held for one purpose serves another only where the policy or the person says so
    Given the person has given acceptance consent to "policy"
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
    Then it is admitted
    When the platform asks
      | kind    | use       |
      | purpose | <purpose> |
      | fields  | <field>   |
      | matter  | order     |
    Then the answer says
      | code | <answer> |

    Examples:
      | purpose           | field               | answer           |
      | order-view        | film-title          | -                |
      | customer-service  | film-title          | -                |
      | verify-membership | order-number        | -                |
      | activity          | film-title          | undeclared-field |
      | activity          | activity-submission | no-consent       |
      | promotion-notice  | film-title          | undeclared-field |
      | page-fit          | film-title          | undeclared-field |

  @EP-CON-08
  Scenario Outline: A member's number serves notices, checks and help, and promotion after a yes
    Given the person has agreed to all that "membership" asks for
    When the platform asks
      | kind    | use           |
      | purpose | <purpose>     |
      | fields  | mobile-number |
      | matter  | account       |
    Then the answer says
      | code | <answer> |

    Examples:
      | purpose           | answer           |
      | service-notice    | -                |
      | verify-membership | -                |
      | customer-service  | -                |
      | promotion-notice  | no-consent       |
      | activity          | undeclared-field |

  @EP-CON-04
  Scenario: Who has said no is not asked again for thirty days, and may say yes at any time
    Given it is 2026-03-02 09:00
    And the person refuses "promotion-notice"
    When the person is shown a notice about "promotion-notice" with
      | channel | client |
      | asks    | yes  |
    Then it is refused with "asked-too-soon" under EP-SIL-02 at "about"
    When the person is shown a notice about "promotion-notice" with
      | channel | client |
      | asks    | no   |
    Then it is recorded
    When the clock reaches 2026-04-01 23:59
    And the person is shown a notice about "promotion-notice" with
      | channel | client |
      | asks    | yes  |
    Then it is refused with "asked-too-soon" under EP-SIL-02 at "about"
    When the clock reaches 2026-04-02 00:01
    And the person is shown a notice about "promotion-notice" with
      | channel | client |
      | asks    | yes  |
    Then it is recorded
    When another person refuses "promotion-notice"
    And another person gives opt-in consent to "promotion-notice"
    Then it is recorded
