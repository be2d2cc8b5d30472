Feature: What E票电影 collects

  @EP-COL-01
  Scenario Outline: Only the product that this policy judges is covered
    Given the person has agreed to all that "membership" asks for
    And the submission says
      | product | <product> |
    When the platform submits "membership" with
      | mobile-number | 13800138000   |
      | username      | 芳芳爱电影    |
      | password      | 口令摘要 7f3a |
    Then the answer says
      | code   | <answer> |
      | clause | <clause> |
      | field  | <at>     |

    Examples:
      | product                 | answer              | clause    | at      |
      | epiao-film              | -                   | -         | -       |
      | product-with-own-policy | product-not-covered | EP-COL-01 | product |
      | third-party-service     | product-not-covered | EP-COL-01 | product |
      | another-shop            | product-not-covered | EP-COL-01 | product |

  @EP-COL-02
  Scenario Outline: Data comes in through the channels that are named, and through no other
    Given the person has agreed to all that "membership" asks for
    And the submission says
      | channel | <channel> |
    When the platform submits "membership" with
      | mobile-number | 13800138000   |
      | username      | 芳芳爱电影    |
      | password      | 口令摘要 7f3a |
    Then the answer says
      | code   | <answer> |
      | clause | <clause> |
      | field  | <at>     |

    Examples:
      | channel              | answer             | clause    | at      |
      | www.epiaom.com       | -                  | -         | -       |
      | m.epiaom.com         | -                  | -         | -       |
      | mo.epiaom.com        | -                  | -         | -       |
      | iphone-app           | -                  | -         | -       |
      | android-app          | -                  | -         | -       |
      | wechat-mini-program  | -                  | -         | -       |
      | toutiao-mini-program | -                  | -         | -       |
      | mobile-web           | -                  | -         | -       |
      | other-ticketing-page | -                  | -         | -       |
      | alipay-mini-program  | channel-undeclared | EP-COL-02 | channel |

  @EP-COL-03 @EP-COL-29
  Scenario: What no purpose declares is personal until said otherwise, and refused
    Given the person has agreed to all that "page-fit" asks for
    When the platform submits "page-fit" with
      | browse-record | 影片详情页 |
      | blood-type    | O          |
    Then it is refused with "undeclared-field" under EP-COL-29 at "fields.blood-type"
    When the platform asks
      | kind   | field      |
      | fields | blood-type |
    Then it is refused with "undeclared-field" under EP-COL-29 at "fields.blood-type"

  @EP-COL-04
  Scenario Outline: What is sensitive and what is not
    Given the person has given acceptance consent to "policy"
    When the platform asks
      | kind   | field   |
      | fields | <field> |
    Then the answer is yes
    And the answer says
      | classified | <class> |

    Examples:
      | field                    | class     |
      | gps                      | sensitive |
      | current-location         | sensitive |
      | positioning-data         | sensitive |
      | latitude-longitude       | sensitive |
      | aml-required-info        | sensitive |
      | order-number             | sensitive |
      | item                     | sensitive |
      | order-created-at         | sensitive |
      | amount-due               | sensitive |
      | film-title               | sensitive |
      | showing-time             | sensitive |
      | venue                    | sensitive |
      | ticket-count             | sensitive |
      | goods                    | sensitive |
      | order-info               | sensitive |
      | payment-progress         | sensitive |
      | order-payment-info       | sensitive |
      | mobile-number            | personal  |
      | username                 | personal  |
      | password                 | personal  |
      | browse-record            | personal  |
      | search-record            | personal  |
      | delivery-address         | personal  |
      | avatar-image             | personal  |
      | unique-device-identifier | personal  |
      | sd-card-data             | personal  |
      | mac                      | personal  |
      | app-list                 | personal  |

  @EP-COL-06
  Scenario: A field declared for one function is refused for another
    Given the person has agreed to all that "membership" asks for
    And the person has given acceptance consent to "account-safety"
    When the platform submits "account-safety" with
      | browse-record | 影片详情页 |
    Then it is admitted
    When the platform submits "membership" with
      | mobile-number | 13800138000   |
      | username      | 芳芳爱电影    |
      | password      | 口令摘要 7f3a |
      | browse-record | 影片详情页    |
    Then it is refused with "undeclared-field" under EP-COL-07 at "fields.browse-record"

  @EP-COL-07
  Scenario: Membership takes three fields
    Given the person has agreed to all that "membership" asks for
    When the platform submits "membership" with
      | mobile-number | 13800138000   |
      | username      | 芳芳爱电影    |
      | password      | 口令摘要 7f3a |
    Then it is admitted

  @EP-COL-07
  Scenario Outline: Membership takes nothing besides, and none of the three can be missing
    Given the person has agreed to all that "membership" asks for
    When the platform submits "membership" with
      | mobile-number | 13800138000   |
      | username      | 芳芳爱电影    |
      | password      | 口令摘要 7f3a |
      | <field>       | <value>       |
    Then it is refused with "<code>" under <clause> at "fields.<field>"

    Examples:
      | field            | value                   | code             | clause    |
      | id-number        | 11010119900307401X      | undeclared-field | EP-COL-07 |
      | delivery-address | 北京市朝阳区光华路 9 号 | undeclared-field | EP-COL-07 |
      | mobile-number    |                         | missing-field    | EP-COL-06 |
      | username         |                         | missing-field    | EP-COL-06 |
      | password         |                         | missing-field    | EP-COL-06 |

  @EP-COL-08
  Scenario Outline: Browsing and searching ask for nothing
    When the platform asks
      | kind    | page   |
      | purpose | browse |
    Then the answer is yes
    When the platform asks
      | kind     | page    |
      | purpose  | browse  |
      | required | <field> |
    Then it is refused with "undeclared-field" under EP-COL-29 at "fields.<field>"

    Examples:
      | field         |
      | mobile-number |
      | username      |
      | password      |

  @EP-COL-09
  Scenario Outline: Records of use serve four aims, two of them basic and two the person's choice
    Given the person has agreed to all that "account-safety" asks for
    And the person has given opt-in consent to "page-fit"
    When the platform asks
      | kind    | use                                                    |
      | purpose | <purpose>                                              |
      | fields  | browse-record, search-record, device-info, service-log |
      | use     | <use>                                                  |
    Then the answer says
      | code  | <answer> |
      | field | <at>     |

    Examples:
      | purpose        | use             | answer           | at  |
      | account-safety | account-anomaly | -                | -   |
      | account-safety | product-fit     | -                | -   |
      | page-fit       | page-display    | -                | -   |
      | page-fit       | search-results  | -                | -   |
      | account-safety | page-display    | use-not-declared | use |
      | page-fit       | account-anomaly | use-not-declared | use |
      | account-safety | advertising     | use-not-declared | use |
      | page-fit       | profiling       | use-not-declared | use |

  @EP-COL-10
  Scenario: Device data is taken under its permission
    Given the person has agreed to all that "device" asks for
    And the person has given device-permission consent to "device-location"
    When the platform submits "device" with
      | device-model               | HUAWEI P50    |
      | os-version                 | HarmonyOS 2.0 |
      | device-settings            | 深色模式      |
      | unique-device-identifier   | d-7f3a91      |
      | sd-card-data               | 可用空间 32GB |
      | hardware-software-features | 屏幕 6.5 英寸 |
    Then it is admitted
    When the platform submits "device-location" with
      | ip                 | 203.0.113.8      |
      | gps                | 39.9219,116.4436 |
      | wifi-access-points | 朝阳大悦城 WiFi  |
      | bluetooth          | 信标 12          |
      | base-station       | 460-00-4123      |
    Then it is admitted
    And its parts are
      | sensitive |
      | gps       |

  @EP-COL-10 @EP-PRM-01
  Scenario Outline: Without the permission it hangs on a device field is refused
    Given the person has agreed to all that "device" asks for
    And the person has given device-permission consent to "device-location"
    And the submission says
      | declarations | permission.<other> |
    When the platform submits "<purpose>" with
      | <field> | <value> |
    Then it is refused with "permission-required" at "fields.<field>"

    Examples:
      | purpose         | field                      | value            | other              |
      | device          | device-model               | HUAWEI P50       | location           |
      | device          | os-version                 | HarmonyOS 2.0    | location           |
      | device          | device-settings            | 深色模式         | location           |
      | device          | unique-device-identifier   | d-7f3a91         | location           |
      | device          | sd-card-data               | 可用空间 32GB    | location           |
      | device          | hardware-software-features | 屏幕 6.5 英寸    | location           |
      | device-location | gps                        | 39.9219,116.4436 | device-information |
      | device-location | wifi-access-points         | 朝阳大悦城 WiFi  | device-information |
      | device-location | bluetooth                  | 信标 12          | device-information |
      | device-location | base-station               | 460-00-4123      | device-information |

  @EP-COL-10 @EP-PRM-01
  Scenario: A permission that no function needs opens nothing
    Given the person has agreed to all that "device" asks for
    And the submission says
      | declarations | permission.device-information, permission.contacts |
    When the platform submits "device" with
      | device-model | HUAWEI P50 |
    Then it is refused with "permission-not-declared" under EP-PRM-01 at "declarations"
    When the submission says
      | declarations | permission.device-information, permission.album-and-files |
    And the platform submits "device" with
      | avatar-image | avatar.png |
    Then it is refused with "undeclared-field" under EP-COL-10 at "fields.avatar-image"

  @EP-COL-11
  Scenario: A log of seven kinds is kept, what goes beyond falls away
    Given the person has given acceptance consent to "policy"
    When the platform submits "service-log" with
      | ip            | 203.0.113.8               |
      | mac           | 00:1A:2B:3C:4D:5E         |
      | app-list      | 微信,支付宝               |
      | browser-type  | Chrome                    |
      | carrier       | 中国移动                  |
      | access-time   | 2021-11-10T09:30:00+08:00 |
      | page-visited  | /films/1024               |
      | search-record | 流浪地球                  |
      | battery       | 80                        |
    Then it is admitted
    And the answer says
      | dropped | search-record, battery |

  @EP-COL-11
  Scenario: The log writes itself: nobody types it in
    Given the person has given acceptance consent to "policy"
    And the submission says
      | source | person |
    When the platform submits "service-log" with
      | ip          | 203.0.113.8               |
      | access-time | 2021-11-10T09:30:00+08:00 |
    Then it is refused with "source-not-declared" under EP-COL-11 at "source.kind"
    When the submission says
      | source | automatic |
    And the platform submits "service-log" with
      | ip | 203.0.113.8 |
    Then it is refused with "missing-field" at "fields.access-time"

  @EP-COL-11 @EP-PRM-01
  Scenario Outline: Card address, carrier and installed apps wait for a permission
    Given the person has given acceptance consent to "policy"
    And the submission says
      | declarations | -         |
      | source       | automatic |
    When the platform submits "service-log" with
      | access-time | 2021-11-10T09:30:00+08:00 |
      | <field>     | 示例                      |
    Then it is refused with "permission-required" under EP-COL-11 at "fields.<field>"

    Examples:
      | field    |
      | mac      |
      | carrier  |
      | app-list |

  @EP-COL-12
  Scenario Outline: Device and log data alone is not personal, joined with a person it is
    Given the person has given acceptance consent to "policy"
    When the platform asks
      | kind   | field   |
      | fields | <field> |
    Then the answer is yes
    And the answer says
      | classified | not-personal |
    When the platform asks
      | kind    | join      |
      | purpose | <purpose> |
      | fields  | <field>   |
    Then it is refused with "joined-data" under EP-COL-13 at "fields"
    And the answer says
      | classified | personal |

    Examples:
      | field                      | purpose     |
      | device-info                | service-log |
      | service-log                | service-log |
      | ip                         | service-log |
      | browser-type               | service-log |
      | carrier                    | service-log |
      | access-time                | service-log |
      | page-visited               | service-log |
      | device-model               | service-log |
      | os-version                 | service-log |
      | device-settings            | service-log |
      | hardware-software-features | service-log |
      | wifi-access-points         | service-log |
      | bluetooth                  | service-log |
      | base-station               | service-log |

  @EP-COL-13
  Scenario: In the log of a person the address is replaced
    Given the person has given acceptance consent to "policy"
    When the platform submits "service-log" with
      | ip          | 203.0.113.8               |
      | access-time | 2021-11-10T09:30:00+08:00 |
    Then what is kept is
      | ip          | replaced |
      | access-time | …        |

  @EP-COL-13
  Scenario: What is joined is de-identified, unless the person agreed or a law is cited
    Given the person has given acceptance consent to "policy"
    When the platform asks
      | kind    | join           |
      | purpose | account-safety |
      | fields  | device-info    |
    Then it is refused with "joined-data" under EP-COL-13 at "fields"
    And the answer says
      | treatment | deidentify |
    When the platform asks
      | kind      | join           |
      | purpose   | account-safety |
      | fields    | device-info    |
      | exception | other-law      |
      | evidence  | citation       |
    Then the answer is yes
    And the answer says
      | classified | personal |
    When the person has given acceptance consent to "account-safety"
    And the platform asks
      | kind    | join           |
      | purpose | account-safety |
      | fields  | device-info    |
    Then the answer is yes
    And the answer says
      | classified | personal |

  @EP-COL-14
  Scenario: The list of orders is its owner's
    Given the person has given acceptance consent to "policy"
    When the platform submits "order-view" with
      | order-info | EP20211110001 长津湖 2 张 |
    Then it is admitted
    When the platform asks whether "order-info" may be used for "order-view"
    Then the answer is yes
    When the platform submits "order-view" with
      | order-info   | EP20211110001 长津湖 2 张 |
      | order-number | EP20211110001             |
    Then it is refused with "undeclared-field" under EP-COL-29 at "fields.order-number"

  @EP-COL-15
  Scenario: What was said and done in a case may be kept, for the case
    Given the person has given acceptance consent to "policy"
    When the platform submits "customer-service" with
      | communication-record | 11 月 10 日在线消息       |
      | call-record          | 11 月 10 日来电 3 分钟    |
      | conversation-content | 咨询退票                  |
      | account-info         | 芳芳爱电影                |
      | order-info           | EP20211110001 长津湖 2 张 |
      | evidence-supplied    | 购票截图                  |
      | contact-details      | 13800138000               |
      | handling-result      | 已退票                    |
    Then it is admitted
    When the platform submits "customer-service" with
      | call-record | 11 月 10 日来电 3 分钟 |
      | gps         | 39.9219,116.4436       |
    Then it is refused with "undeclared-field" under EP-COL-15 at "fields.gps"
    When the platform asks whether "call-record" may be used for "promotion-notice"
    Then it is refused with "undeclared-field" at "fields.call-record"

  @EP-COL-16
  Scenario Outline: The one thing a buyer must give is a mobile number
    Given the person has given acceptance consent to "policy"
    When the platform asks
      | kind     | page          |
      | purpose  | ordering      |
      | fields   | mobile-number |
      | required | mobile-number |
    Then the answer is yes
    When the platform asks
      | kind     | page                   |
      | purpose  | ordering               |
      | fields   | mobile-number, <field> |
      | required | mobile-number, <field> |
    Then it is refused with "<code>" under <clause> at "<at>"
    When the platform submits "ordering" with
      | mobile-number    |                           |
      | item             | 电影票                    |
      | order-number     | EP20211110001             |
      | order-created-at | 2021-11-10T10:00:00+08:00 |
      | amount-due       | 79.8                      |
      | film-title       | 长津湖                    |
      | showing-time     | 2021-11-12T19:30:00+08:00 |
      | venue            | 北京朝阳大悦城影城 3 号厅 |
      | ticket-count     | 2                         |
      | goods            | 爆米花套餐                |
    Then it is refused with "missing-field" under EP-COL-16 at "fields.mobile-number"

    Examples:
      | field     | code             | at               | clause    |
      | item      | field-optional   | required.item    | EP-CON-03 |
      | goods     | field-optional   | required.goods   | EP-CON-03 |
      | id-number | undeclared-field | fields.id-number | EP-COL-17 |

  @EP-COL-17
  Scenario: An order holds ten things
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
    And its parts are
      | sensitive                                                                                              |
      | item, order-number, order-created-at, amount-due, film-title, showing-time, venue, ticket-count, goods |

  @EP-COL-17
  Scenario Outline: And nothing else
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
      | <field>          | <value>                   |
    Then it is refused with "undeclared-field" under EP-COL-17 at "fields.<field>"

    Examples:
      | field         | value              |
      | id-number     | 11010119900307401X |
      | gps           | 39.9219,116.4436   |
      | seat-neighbor | 李伟               |

  @EP-COL-18 @EP-CON-07
  Scenario Outline: Orders serve seven uses
    Given the person has given acceptance consent to "policy"
    When the platform asks
      | kind    | use        |
      | purpose | ordering   |
      | fields  | film-title |
      | use     | <use>      |
    Then the answer says
      | code  | <answer> |
      | field | <at>     |

    Examples:
      | use                  | answer           | at  |
      | fulfil               | -                | -   |
      | transaction-security | -                | -   |
      | order-lookup         | -                | -   |
      | order-verification   | -                | -   |
      | service              | -                | -   |
      | after-sales          | -                | -   |
      | expressly-notified   | -                | -   |
      | advertising          | use-not-declared | use |
      | profiling            | use-not-declared | use |

  @EP-COL-19 @EP-COL-30
  Scenario Outline: How far a payment has come is reported by those the person chose, once the person agreed
    Given the person has agreed to all that "payment-status" asks for
    And the submission says
      | source | indirect |
      | party  | <party>  |
    When the platform submits "payment-status" with
      | payment-progress | 已支付           |
      | card-number      | 6222020000000000 |
    Then the answer says
      | code    | <answer>  |
      | clause  | <clause>  |
      | field   | <at>      |
      | dropped | <dropped> |

    Examples:
      | party        | answer              | clause    | at           | dropped     |
      | counterparty | -                   | -         | -            | card-number |
      | alipay       | -                   | -         | -            | card-number |
      | wechat       | -                   | -         | -            | card-number |
      | unionpay     | source-not-declared | EP-COL-30 | source.party | -           |

  @EP-COL-19
  Scenario Outline: Its uses are three
    Given the person has agreed to all that "payment-status" asks for
    When the platform asks
      | kind    | use              |
      | purpose | payment-status   |
      | fields  | payment-progress |
      | use     | <use>            |
    Then the answer says
      | code  | <answer> |
      | field | <at>     |

    Examples:
      | use           | answer           | at  |
      | payment-state | -                | -   |
      | after-sales   | -                | -   |
      | dispute       | -                | -   |
      | profiling     | use-not-declared | use |

  @EP-COL-30
  Scenario: Without the person's consent nothing is fetched from a third party, and none of it comes from the person
    Given the person has given acceptance consent to "policy"
    And the submission says
      | source | indirect |
      | party  | alipay   |
    When the platform submits "payment-status" with
      | payment-progress | 已支付 |
    Then it is refused with "no-consent" under EP-COL-30
    When the submission says
      | source | person |
    And the platform submits "payment-status" with
      | payment-progress | 已支付 |
    Then it is refused with "source-not-declared" at "source.kind"
    When the submission says
      | source | indirect |
      | party  | alipay   |
    And the platform submits "ordering" with
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
    Then it is refused with "source-not-declared" at "source.kind"

  @EP-COL-20
  Scenario: Data for an activity is what the person hands in
    Given the person has agreed to all that "activity" asks for
    When the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is admitted
    When the submission says
      | source    | reused     |
      | held for | membership |
    And the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is refused with "source-not-declared" under EP-COL-20 at "source.purpose"
    When the platform submits "activity" with
      | activity-submission | 刮奖码 8812             |
      | delivery-address    | 北京市朝阳区光华路 9 号 |
    Then it is refused with "undeclared-field" under EP-COL-20 at "fields.delivery-address"

  @EP-COL-21
  Scenario: An address is taken from whoever has won a prize that must be sent
    Given the person has agreed to all that "prize-delivery" asks for
    When the platform submits "prize-delivery" with
      | recipient-name   | 王芳                    |
      | contact-phone    | 13800138000             |
      | delivery-address | 北京市朝阳区光华路 9 号 |
    Then it is admitted
    When the submission says
      | declarations | - |
    And the platform submits "prize-delivery" with
      | recipient-name   | 王芳                    |
      | contact-phone    | 13800138000             |
      | delivery-address | 北京市朝阳区光华路 9 号 |
    Then it is refused with "declaration-required" under EP-COL-21 at "declarations"

  @EP-COL-21
  Scenario Outline: Recipient, phone and address are all needed
    Given the person has agreed to all that "prize-delivery" asks for
    And the submission says
      | declarations | physical-prize-won |
    When the platform submits "prize-delivery" with
      | recipient-name   | 王芳                    |
      | contact-phone    | 13800138000             |
      | delivery-address | 北京市朝阳区光华路 9 号 |
      | <field>          |                         |
    Then it is refused with "missing-field" at "fields.<field>"

    Examples:
      | field            |
      | recipient-name   |
      | contact-phone    |
      | delivery-address |

  @EP-COL-23
  Scenario Outline: Seven kinds of message, two of them the person's choice
    Given the person has given acceptance consent to "policy"
    When the platform asks
      | kind    | message   |
      | message | <message> |
    Then the answer says
      | code | <answer> |
    When the person has given opt-in consent to "promotion-notice"
    And the platform asks
      | kind    | message   |
      | message | <message> |
    Then the answer says
      | code | <answer2> |

    Examples:
      | message               | answer               | answer2              |
      | user-message          | -                    | -                    |
      | identity-verification | -                    | -                    |
      | security-verification | -                    | -                    |
      | purchase-success      | -                    | -                    |
      | refund-or-change      | -                    | -                    |
      | activity-push         | no-consent           | -                    |
      | coupon-expiry         | no-consent           | -                    |
      | birthday-greeting     | message-not-declared | message-not-declared |

  @EP-COL-23
  Scenario: No more activity messages after a no; the notices of the service go on
    Given the person has agreed to all that "promotion-notice" asks for
    When the person refuses "promotion-notice"
    And the platform asks
      | kind    | message       |
      | message | activity-push |
    Then it is refused with "marketing-refused" under EP-COL-23 at "message"
    When the platform asks
      | kind    | message       |
      | message | coupon-expiry |
    Then it is refused with "marketing-refused" under EP-COL-23 at "message"
    When the platform asks
      | kind    | message          |
      | message | purchase-success |
    Then the answer is yes

  @EP-COL-24
  Scenario Outline: The weekly list of films rests on nobody's data
    Given the person has given acceptance consent to "policy"
    When the platform asks whether "<field>" may be collected for "weekly-recommendation"
    Then it is refused with "undeclared-field" under EP-COL-24 at "fields.<field>"

    Examples:
      | field         |
      | browse-record |
      | mobile-number |
      | gps           |

  @EP-COL-24
  Scenario Outline: It makes no profile, aims at nobody and advertises nothing
    Given the person has given acceptance consent to "policy"
    When the platform asks
      | kind    | use                   |
      | purpose | weekly-recommendation |
      | use     | <use>                 |
    Then it is refused with "use-forbidden" under EP-COL-24 at "use"

    Examples:
      | use         |
      | profiling   |
      | targeting   |
      | advertising |

  @EP-COL-25
  Scenario: Positions lie on the card while there is no network
    Given the person has agreed to all that "offline-positioning" asks for
    When the platform submits "offline-positioning" with
      | positioning-data | 39.92,116.44 |
    Then it is admitted
    And its parts are
      | sensitive        |
      | positioning-data |
    When the submission says
      | declarations | permission.location |
    And the platform submits "offline-positioning" with
      | positioning-data | 39.92,116.44 |
    Then it is refused with "moment-not-declared" under EP-COL-25 at "moment"
    When the submission says
      | declarations | network-abnormal |
    And the platform submits "offline-positioning" with
      | positioning-data | 39.92,116.44 |
    Then it is refused with "permission-required" under EP-COL-25 at "fields.positioning-data"

  @EP-COL-26
  Scenario Outline: The cache of a cinema's map serves four uses
    Given the person has agreed to all that "cinema-map" asks for
    When the platform submits "cinema-map" with
      | map-cache | 瓦片 17/107/49 |
    Then it is admitted
    When the submission says
      | declarations | - |
    And the platform submits "cinema-map" with
      | map-cache | 瓦片 17/107/49 |
    Then it is refused with "moment-not-declared" under EP-COL-26 at "moment"
    When the platform asks
      | kind    | use        |
      | purpose | cinema-map |
      | fields  | map-cache  |
      | use     | <use>      |
    Then the answer says
      | code  | <answer> |
      | field | <at>     |

    Examples:
      | use             | answer           | at  |
      | tracing         | -                | -   |
      | troubleshooting | -                | -   |
      | diagnosis       | -                | -   |
      | map-statistics  | -                | -   |
      | advertising     | use-not-declared | use |

  @EP-COL-27
  Scenario: A picture chosen as avatar is an avatar
    Given the person has agreed to all that "avatar" asks for
    When the platform submits "avatar" with
      | avatar-image | avatar.png |
    Then it is admitted
    When the platform asks
      | kind    | use            |
      | purpose | avatar         |
      | fields  | avatar-image   |
      | use     | avatar-display |
    Then the answer is yes
    When the platform asks
      | kind    | use          |
      | purpose | avatar       |
      | fields  | avatar-image |
      | use     | profiling    |
    Then it is refused with "use-not-declared" under EP-COL-27 at "use"
    When the platform asks whether "avatar-image" may be used for "page-fit"
    Then it is refused with "undeclared-field" at "fields.avatar-image"

  @EP-COL-28
  Scenario Outline: A position read for cinemas nearby tells how far they are
    Given the person has agreed to all that "nearby-cinemas" asks for
    And the person has given opt-in consent to "analytics"
    And the person has given opt-in consent to "push"
    When the platform submits "nearby-cinemas" with
      | current-location | 39.9219,116.4436 |
    Then it is admitted
    And its parts are
      | sensitive        |
      | current-location |
    When the platform asks
      | kind    | use              |
      | purpose | nearby-cinemas   |
      | fields  | current-location |
      | use     | cinema-distance  |
    Then the answer is yes
    When the platform asks
      | kind    | use              |
      | purpose | nearby-cinemas   |
      | fields  | current-location |
      | use     | product-fit      |
    Then it is refused with "use-not-declared" under EP-COL-28 at "use"
    When the platform asks whether "current-location" may be used for "<purpose>"
    Then it is refused with "undeclared-field" at "fields.current-location"

    Examples:
      | purpose               |
      | analytics             |
      | push                  |
      | weekly-recommendation |
      | device-location       |

  @EP-COL-31
  Scenario Outline: What names nobody may serve seven uses, models learn from anonymous data alone
    When the platform asks
      | kind     | dataset                                                     |
      | use      | <use>                                                       |
      | state    | <state>                                                     |
      | evidence | not-re-identifiable, not-restorable, method, reviewer, date |
    Then the answer says
      | code | <answer> |

    Examples:
      | use                 | state        | answer                    |
      | research            | deidentified | -                         |
      | statistics          | deidentified | -                         |
      | prediction          | deidentified | -                         |
      | content-layout      | deidentified | -                         |
      | business-decision   | deidentified | -                         |
      | product-improvement | deidentified | -                         |
      | model-training      | anonymous    | -                         |
      | model-training      | deidentified | deidentification-unproven |
      | statistics          | personal     | deidentification-unproven |
      | advertising         | anonymous    | use-not-declared          |

  @EP-COL-31
  Scenario Outline: Nothing counts as anonymous that is not shown to be
    When the platform asks
      | kind     | dataset        |
      | use      | model-training |
      | state    | anonymous      |
      | evidence | <evidence>     |
    Then it is refused with "deidentification-unproven" under EP-COL-31 at "evidence"

    Examples:
      | evidence                                              |
      | not-restorable, method, reviewer, date                |
      | not-re-identifiable, method, reviewer, date           |
      | not-re-identifiable, not-restorable, reviewer, date   |
      | not-re-identifiable, not-restorable, method, date     |
      | not-re-identifiable, not-restorable, method, reviewer |

  @EP-COL-32
  Scenario Outline: Nothing is collected or used but for a listed purpose
    Given the person has given acceptance consent to "policy"
    When the platform submits "<purpose>" with
      | mobile-number | 13800138000 |
    Then it is refused with "undeclared-purpose" under EP-COL-32 at "purpose"
    When the platform asks whether "mobile-number" may be used for "<purpose>"
    Then it is refused with "undeclared-purpose" under EP-COL-32 at "purpose"

    Examples:
      | purpose        |
      | credit-scoring |
      | data-brokerage |

  @EP-COL-33
  Scenario: A case about one order sees that order
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
      | kind    | use              |
      | purpose | customer-service |
      | fields  | film-title       |
      | matter  | order            |
    Then the answer is yes
    When the platform asks whether "film-title" may be used for "customer-service"
    Then it is refused with "matter-required" under EP-COL-33 at "matter"

  @EP-COL-10 @EP-COL-31
  Scenario: A set that tells devices apart is no set that names nobody
    When the platform asks
      | kind     | dataset                                                     |
      | use      | research                                                    |
      | state    | anonymous                                                   |
      | fields   | unique-device-identifier                                    |
      | evidence | not-re-identifiable, not-restorable, method, reviewer, date |
    Then it is refused with "deidentification-unproven" under EP-COL-31 at "fields.unique-device-identifier"
