Feature: What 小票票商户版 collects

  @XP-COL-01
  Scenario Outline: Merchants' users of this product are covered, buyers and other products are not
    Given the person has agreed to all that "account" asks for
    And the submission says
      | product | <product> |
    When the platform submits "account" with
      | mobile-number | 13700137000 |
    Then the answer says
      | code   | <answer> |
      | clause | <clause> |
      | field  | <at>     |

    Examples:
      | product                 | answer              | clause    | at      |
      | xiaopiaopiao-merchant   | -                   | -         | -       |
      | ticket-buyers           | product-not-covered | XP-COL-01 | product |
      | xiaopiaopiao-box-office | product-not-covered | XP-COL-01 | product |

  @XP-COL-01
  Scenario Outline: It comes from the app or the site
    Given the person has agreed to all that "account" asks for
    And the submission says
      | channel | <channel> |
    When the platform submits "account" with
      | mobile-number | 13700137000 |
    Then the answer says
      | code   | <answer> |
      | clause | <clause> |
      | field  | <at>     |

    Examples:
      | channel        | answer             | clause    | at      |
      | app            | -                  | -         | -       |
      | website        | -                  | -         | -       |
      | ticket-machine | channel-undeclared | XP-COL-01 | channel |

  @XP-COL-02
  Scenario Outline: An account takes the mobile number and nothing else
    Given the person has agreed to all that "account" asks for
    When the platform submits "account" with
      | mobile-number | 13700137000 |
    Then it is admitted
    When the platform submits "account" with
      | mobile-number | 13700137000 |
      | <field>       | <value>     |
    Then it is refused with "<code>" under <clause> at "fields.<field>"

    Examples:
      | field            | value              | code             | clause    |
      | id-number        | 410103199203154417 | undeclared-field | XP-COL-02 |
      | business-license | 91410103MA         | undeclared-field | XP-COL-02 |
      | mobile-number    |                    | missing-field    | XP-COL-02 |

  @XP-COL-03
  Scenario: What nobody has declared is personal until said otherwise, and refused
    Given the person has agreed to all that "usage-log" asks for
    When the platform asks
      | kind   | field     |
      | fields | shoe-size |
    Then it is refused with "undeclared-field" under XP-COL-03 at "fields.shoe-size"
    When the platform asks whether "shoe-size" may be collected for "usage-log"
    Then it is refused with "undeclared-field" under XP-COL-03 at "fields.shoe-size"

  @XP-COL-04
  Scenario Outline: The mobile number is sensitive here
    Given the person is shown a notice about "policy" with
      | channel | app |
    And the person has given acceptance consent to "policy"
    When the platform asks
      | kind   | field   |
      | fields | <field> |
    Then the answer is yes
    And the answer says
      | classified | <class> |

    Examples:
      | field                 | class     |
      | mobile-number         | sensitive |
      | gps                   | sensitive |
      | location-related-info | sensitive |
      | alipay-info           | sensitive |
      | wechat-info           | sensitive |
      | usage-habit           | personal  |
      | search-query          | personal  |
      | imei                  | personal  |
      | picture               | personal  |
      | ip                    | personal  |

  @XP-COL-04
  Scenario: And is stored as that
    Given the person has agreed to all that "account" asks for
    When the platform submits "account" with
      | mobile-number | 13700137000 |
    Then it is admitted
    And its parts are
      | sensitive     |
      | mobile-number |

  @XP-COL-05
  Scenario: Device features are taken under the permission
    Given the person has agreed to all that "device" asks for
    When the platform submits "device" with
      | device-model               | Redmi K40      |
      | os-version                 | Android 12     |
      | device-settings            | 静音           |
      | unique-device-identifier   | u-55           |
      | hardware-software-features | 屏幕 6.67 英寸 |
    Then it is admitted

  @XP-COL-05 @XP-COL-07
  Scenario Outline: Without it they are refused
    Given the person has agreed to all that "device" asks for
    And the submission says
      | declarations | permission.location |
    When the platform submits "device" with
      | <field> | <value> |
    Then it is refused with "permission-required" under <clause> at "fields.<field>"

    Examples:
      | field                      | value             | clause    |
      | device-model               | Redmi K40         | XP-COL-05 |
      | os-version                 | Android 12        | XP-COL-05 |
      | device-settings            | 静音              | XP-COL-05 |
      | unique-device-identifier   | u-55              | XP-COL-05 |
      | hardware-software-features | 屏幕 6.67 英寸    | XP-COL-05 |
      | imei                       | 860000000000002   | XP-COL-07 |
      | idfa                       | 8C6E              | XP-COL-07 |
      | imsi                       | 460001234567890   | XP-COL-07 |
      | android-id                 | 9774d56d          | XP-COL-07 |
      | mac                        | 00:1A:2B:3C:4D:5F | XP-COL-07 |
      | oaid                       | o-77              | XP-COL-07 |

  @XP-COL-07
  Scenario Outline: Six identifiers and no seventh
    Given the person has agreed to all that "device" asks for
    When the platform submits "device" with
      | imei       | 860000000000002   |
      | idfa       | 8C6E              |
      | imsi       | 460001234567890   |
      | android-id | 9774d56d          |
      | mac        | 00:1A:2B:3C:4D:5F |
      | oaid       | o-77              |
    Then it is admitted
    When the submission says
      | declarations | permission.phone-state |
    And the platform submits "device" with
      | <field> | x-1 |
    Then it is refused with "undeclared-field" under XP-COL-07 at "fields.<field>"

    Examples:
      | field     |
      | meid      |
      | device-id |
      | openudid  |

  @XP-COL-06
  Scenario: What tells a place is taken under the location permission
    Given the person has agreed to all that "nearby-recommendation" asks for
    When the platform submits "nearby-recommendation" with
      | gps                | 34.75,113.62      |
      | ip                 | 203.0.113.9       |
      | wifi-access-points | 瑞光创意工厂 WiFi |
      | bluetooth          | 信标 3            |
      | base-station       | 460-01-2211       |
    Then it is admitted
    And its parts are
      | sensitive |
      | gps       |

  @XP-COL-06
  Scenario Outline: Without it nothing that tells a place is taken
    Given the person has agreed to all that "nearby-recommendation" asks for
    And the submission says
      | declarations | permission.phone-state, in-use |
    When the platform submits "nearby-recommendation" with
      | <field> | <value> |
    Then it is refused with "permission-required" under XP-COL-06 at "fields.<field>"

    Examples:
      | field              | value             |
      | gps                | 34.75,113.62      |
      | wifi-access-points | 瑞光创意工厂 WiFi |
      | bluetooth          | 信标 3            |
      | base-station       | 460-01-2211       |

  @XP-COL-08
  Scenario Outline: The list of apps is read while a message is being pushed
    Given the person has agreed to all that "timely-push" asks for
    When the platform submits "timely-push" with
      | installed-app-list | 微信,支付宝 |
    Then it is admitted
    When the submission says
      | declarations | - |
    And the platform submits "timely-push" with
      | installed-app-list | 微信,支付宝 |
    Then it is refused with "moment-not-declared" under XP-COL-08 at "moment"
    When the submission says
      | declarations | pushing, permission.phone-state |
    And the platform submits "timely-push" with
      | installed-app-list | 微信,支付宝     |
      | imei               | 860000000000002 |
    Then it is refused with "undeclared-field" at "fields.imei"
    When the platform asks
      | kind    | use                |
      | purpose | timely-push        |
      | fields  | installed-app-list |
      | use     | <use>              |
    Then the answer says
      | code  | <answer> |
      | field | <at>     |

    Examples:
      | use                | answer           | at  |
      | link-adjustment    | -                | -   |
      | process-revival    | -                | -   |
      | timely-delivery    | -                | -   |
      | commercial-profile | use-not-declared | use |

  @XP-COL-08
  Scenario: Not when the person has switched push off
    Given the person has agreed to all that "timely-push" asks for
    When the person refuses "timely-push"
    And the submission says
      | declarations | pushing |
    And the platform submits "timely-push" with
      | installed-app-list | 微信,支付宝 |
    Then it is refused with "consent-refused" under XP-COL-08

  @XP-COL-09
  Scenario: A log of six kinds is kept, what goes beyond falls away
    Given the person has agreed to all that "usage-log" asks for
    When the platform submits "usage-log" with
      | search-query  | 昨日票房                  |
      | ip            | 203.0.113.9               |
      | carrier       | 中国联通                  |
      | language      | zh-CN                     |
      | access-time   | 2022-04-20T09:30:00+08:00 |
      | page-visited  | /reports                  |
      | mobile-number | 13700137000               |
      | battery       | 70                        |
    Then it is admitted
    And the answer says
      | dropped | mobile-number, battery |

  @XP-COL-09
  Scenario: The log writes itself
    Given the person has agreed to all that "usage-log" asks for
    And the submission says
      | source | person |
    When the platform submits "usage-log" with
      | access-time  | 2022-04-20T09:30:00+08:00 |
      | search-query | 昨日票房                  |
    Then it is refused with "source-not-declared" under XP-COL-09 at "source.kind"
    When the submission says
      | source | automatic |
    And the platform submits "usage-log" with
      | search-query | 昨日票房 |
    Then it is refused with "missing-field" at "fields.access-time"

  @XP-COL-10
  Scenario Outline: What an account holds serves three uses
    Given the person has agreed to all that "account" asks for
    When the platform asks
      | kind    | use           |
      | purpose | account       |
      | fields  | mobile-number |
      | use     | <use>         |
    Then the answer says
      | code  | <answer> |
      | field | <at>     |

    Examples:
      | use              | answer           | at  |
      | identity-check   | -                | -   |
      | notices          | -                | -   |
      | service-function | -                | -   |
      | performance      | use-not-declared | use |
      | advertising      | use-not-declared | use |

  @XP-COL-10
  Scenario Outline: Checking who somebody is takes neither card nor face
    Given the person has agreed to all that "identity-verification" asks for
    When the platform asks whether "<field>" may be collected for "identity-verification"
    Then it is refused with "undeclared-field" under XP-COL-10 at "fields.<field>"

    Examples:
      | field      |
      | id-number  |
      | face-image |

  @XP-COL-11
  Scenario Outline: Starts and errors serve performance and use
    Given the person has agreed to all that "performance" asks for
    When the platform submits "performance" with
      | app-launch-data | 冷启动 1.2 秒 |
      | exception-log   | 空指针        |
    Then it is admitted
    When the platform asks
      | kind    | use           |
      | purpose | performance   |
      | fields  | exception-log |
      | use     | <use>         |
    Then the answer says
      | code  | <answer> |
      | field | <at>     |
    When the platform asks whether "exception-log" may be used for "marketing-contact"
    Then it is refused with "undeclared-field" at "fields.exception-log"

    Examples:
      | use             | answer           | at  |
      | performance     | -                | -   |
      | user-experience | -                | -   |
      | advertising     | use-not-declared | use |

  @XP-COL-12
  Scenario Outline: What a person gives is given for a declared purpose
    Given the person is shown a notice about "policy" with
      | channel | app |
    And the person has given acceptance consent to "policy"
    When the platform submits "<purpose>" with
      | mobile-number | 13700137000 |
    Then it is refused with "undeclared-purpose" under XP-COL-12 at "purpose"
    When the submission says
      | source | public |
    And the platform submits "account" with
      | mobile-number | 13700137000 |
    Then it is refused with "source-not-declared" at "source.kind"

    Examples:
      | purpose        |
      | credit-scoring |
      | anything       |
