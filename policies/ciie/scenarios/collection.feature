Feature: What is collected
  Data is taken for the declared functions, with the declared fields, and nothing besides.

  Background:
    Given the person has given acceptance consent to "policy"

  @CI-COL-01 @CI-DEF-03
  Scenario: Registration: every field on its list is taken
    When the platform submits "registration" with
      | name            | 王晓明                   |
      | landline        | 021-60000001             |
      | mobile-number   | 13816550021              |
      | email           | wang.xiaoming@example.cn |
      | id-card-number  | 310104199003074027       |
      | passport-number | E12345678                |
    Then it is admitted

  @CI-TER-02
  Scenario: Registration from abroad: every field on its list is taken
    Given the person has given explicit consent to "registration-from-abroad"
    When the platform submits "registration-from-abroad" with
      | name            | 王晓明                   |
      | landline        | 021-60000001             |
      | mobile-number   | 13816550021              |
      | email           | wang.xiaoming@example.cn |
      | passport-number | E12345678                |
    Then it is admitted

  @CI-COL-02
  Scenario: Registration of an enterprise: every field on its list is taken
    When the platform submits "enterprise-registration" with
      | credit-code                   | 91310000MA1FL00001                                                      |
      | legal-representative-name     | 李海                                                                    |
      | legal-representative-identity | 33010619751120151X                                                      |
      | enterprise-address            | 上海市青浦区示例路333号                                                 |
      | enterprise-phone              | 021-60000002                                                            |
      | enterprise-website            | https://example.cn                                                      |
      | enterprise-email              | info@example.cn                                                         |
      | account-password              | sha256:abababababababababababababababababababababababababababababababab |
    Then it is admitted

  @CI-COL-16
  Scenario: Profile: every field on its list is taken
    Given the person has given opt-in consent to "profile"
    When the platform submits "profile" with
      | birth-date          | 1990-03-07                  |
      | gender              | 女                          |
      | household-address   | 浙江省杭州市西湖区示例路8号 |
      | residential-address | 上海市徐汇区示例路12号      |
      | contact-address     | 上海市徐汇区示例路12号      |
      | education           | 本科                        |
      | ethnicity           | 回族                        |
      | email               | wang.xiaoming@example.cn    |
    Then it is admitted

  @CI-COL-17
  Scenario: Badges and entry: every field on its list is taken
    When the platform submits "personnel-entry" with
      | name            | 王晓明             |
      | mobile-number   | 13816550021        |
      | id-card-number  | 310104199003074027 |
      | passport-number | E12345678          |
    Then it is admitted

  @CI-COL-03
  Scenario: Feedback: every field on its list is taken
    When the submission says
      | channel | hotline |
    And the platform submits "feedback" with
      | feedback-text | 导览图请再大一些 |
      | contact-info  | 13816550021      |
    Then it is admitted

  @CI-COL-04 @CI-COL-05 @CI-COL-06 @CI-COL-07
  Scenario: Use of functions: every field on its list is taken
    When the submission says
      | channel | mobile-app |
    And the platform submits "use-of-functions" with
      | whereabouts          | 四叶草南广场      |
      | browsing-history     | /news/12          |
      | device-model         | 示例手机 X1       |
      | platform-name        | Android           |
      | equipment-id         | 9774d56d682e549c  |
      | system-version       | 14                |
      | manufacturer         | 示例厂商          |
      | hardware-serial      | SN-0001           |
      | public-ip            | 203.0.113.7       |
      | imei                 | 490154203237518   |
      | carrier              | 中国移动          |
      | device-mobile-number | 13816550021       |
      | mobile-country-code  | 460               |
      | mobile-network-code  | 00                |
      | browser-agent        | Mozilla/5.0       |
      | mac-address          | 00:00:5e:00:53:01 |
      | os-version-type      | Android 14        |
      | cpu-model            | ARMv9             |
      | machine-name         | 晓明的手机        |
      | gps-position         | 31.1930,121.3010  |
      | wifi-access-points   | NECC-FREE         |
      | bluetooth-devices    | 展馆信标07        |
      | base-stations        | 460-00-1-1        |
      | search-and-inquiry   | 智能制造          |
      | ip-address           | 203.0.113.7       |
      | browser-type         | Chrome            |
      | language             | zh-CN             |
      | visit-time           | 2026-03-02 08:58  |
      | pages-visited        | /exhibitors       |
      | call-status          | 空闲              |
    Then it is admitted

  @CI-COL-09
  Scenario: Customer service: every field on its list is taken
    When the platform submits "customer-service" with
      | identity-proof       | 证件尾号                 |
      | conversation-record  | 2026-03-02 通话          |
      | conversation-content | 询问办证                 |
      | account-info         | 账号尾号 07              |
      | supporting-facts     | 报名截图                 |
      | mobile-number        | 13816550021              |
      | email                | wang.xiaoming@example.cn |
      | other-contact        | 微信 wxm                 |
    Then it is admitted

  @CI-COL-10 @CI-COL-11 @CI-COL-12
  Scenario: Personal recommendations: every field on its list is taken
    Given the person has given opt-in consent to "personalization"
    When the platform submits "personalization" with
      | device-model               | 示例手机 X1      |
      | ip-address                 | 203.0.113.7      |
      | browser-type               | Chrome           |
      | carrier                    | 中国移动         |
      | language                   | zh-CN            |
      | access-time                | 2026-03-02 08:58 |
      | access-duration            | 120s             |
      | software-hardware-features | 8核              |
      | pages-requested            | /schedule        |
      | cookie-info                | seen=1           |
      | submitted-info             | 收藏展商         |
      | settings                   | 记住密码         |
    Then it is admitted

  @CI-COL-14
  Scenario: Real name for inquiries: every field on its list is taken
    Given the person has given explicit consent to "inquiry-real-name"
    When the platform submits "inquiry-real-name" with
      | real-name       | 王晓明             |
      | id-card-number  | 310104199003074027 |
      | passport-number | E12345678          |
      | contact-info    | 13816550021        |
    Then it is admitted

  @CI-COL-15
  Scenario: Survey: every field on its list is taken
    Given the person has given opt-in consent to "survey"
    When the platform submits "survey" with
      | name       | 王晓明     |
      | gender     | 女         |
      | age        | 36         |
      | preference | 汽车       |
      | hobbies    | 摄影, 围棋 |
    Then it is admitted

  @CI-COL-23
  Scenario: Safe and stable service: every field on its list is taken
    When the platform submits "stability" with
      | usage-frequency  | 每日       |
      | crash-data       | 堆栈 0x1   |
      | overall-usage    | 12 次      |
      | performance-data | 启动 800ms |
      | app-source       | 应用市场   |
    Then it is admitted

  @CI-COK-03
  Scenario: Counting visitors: every field on its list is taken
    When the platform submits "site-statistics" with
      | page-url            | /news/12   |
      | referrer            | /          |
      | dwell-time          | 35s        |
      | browser-environment | Chrome 120 |
      | display-settings    | 1920x1080  |
    Then it is admitted

  @CI-PRM-01
  Scenario: Security of the terminal: every field on its list is taken
    When the platform submits "terminal-security" with
      | mac-address    | 00:00:5e:00:53:01 |
      | terminal-id    | T-0001            |
      | sim-info       | 卡槽1             |
      | imsi           | 460001234567890   |
      | terminal-imei  | 490154203237518   |
      | terminal-model | X1                |
      | network-ip     | 203.0.113.8       |
      | owner-number   | 13816550021       |
      | network-type   | 5G                |
      | phone-brand    | 示例              |
    Then it is admitted

  @CI-COL-01 @CI-COL-02 @CI-COL-07 @CI-COL-09 @CI-COL-11 @CI-COL-15 @CI-COL-23 @CI-PRM-01 @CI-SEC-10 @CI-DEF-03
  Scenario Outline: A field that is not on the list of its function is refused
    When the platform submits "<purpose>" with
      | <given> | <value> |
      | <stray> | 示例    |
    Then it is refused with "undeclared-field" under <clause> at "fields.<stray>"

    Examples:
      | purpose                 | given                     | value       | stray                         | clause    |
      | registration            | name                      | 王晓明      | payment-result                | CI-COL-01 |
      | registration            | name                      | 王晓明      | legal-representative-identity | CI-COL-01 |
      | enterprise-registration | legal-representative-name | 李海        | id-card-number                | CI-COL-02 |
      | personnel-entry         | name                      | 王晓明      | ethnicity                     | CI-SEC-10 |
      | customer-service        | account-info              | 账号尾号 07 | voice                         | CI-COL-09 |
      | stability               | crash-data                | 堆栈 0x1    | conversation-content          | CI-COL-23 |
      | terminal-security       | terminal-id               | T-0001      | contact-entry                 | CI-PRM-01 |

  @CI-DEF-03 @CI-SEC-10
  Scenario: A field nobody has listed is refused
    When the platform submits "personnel-entry" with
      | name           | 王晓明 |
      | marital-status | 已婚   |
    Then it is refused with "undeclared-field" under CI-SEC-10 at "fields.marital-status"

  @CI-COL-07 @CI-COL-11
  Scenario: A log holds no message and no fonts
    When the submission says
      | channel | website |
    And the platform submits "use-of-functions" with
      | search-and-inquiry   | 智能制造 |
      | conversation-content | 你好     |
    Then it is refused with "undeclared-field" under CI-COL-07 at "fields.conversation-content"
    When the person has given opt-in consent to "personalization"
    And the platform submits "personalization" with
      | pages-requested | /schedule |
      | installed-fonts | 宋体      |
    Then it is refused with "undeclared-field" under CI-COL-11 at "fields.installed-fonts"

  @CI-COL-15
  Scenario: A survey asks for nothing besides its list
    Given the person has given opt-in consent to "survey"
    When the platform submits "survey" with
      | age           | 36          |
      | mobile-number | 13816550021 |
    Then it is refused with "undeclared-field" under CI-COL-15 at "fields.mobile-number"

  @CI-CON-03
  Scenario Outline: What a function cannot do without is asked for
    When the platform submits "<purpose>" with
      | <given> | 示例 |
    Then it is refused with "missing-field" under CI-CON-03 at "fields.<missing>"

    Examples:
      | purpose                 | given                     | missing                   |
      | registration            | name                      | mobile-number             |
      | registration            | mobile-number             | name                      |
      | enterprise-registration | credit-code               | legal-representative-name |
      | enterprise-registration | legal-representative-name | credit-code               |
      | personnel-entry         | mobile-number             | name                      |

  @CI-COL-02
  Scenario: Only an enterprise gives data of an enterprise
    When the submission says
      | declarations | - |
    And the platform submits "enterprise-registration" with
      | credit-code               | 91310000MA1FL00001 |
      | legal-representative-name | 李海               |
    Then it is refused with "declaration-required" under CI-COL-02 at "declarations"
    When the platform submits "enterprise-registration" with
      | credit-code               | 91310000MA1FL00001 |
      | legal-representative-name | 李海               |
    Then it is admitted

  @CI-COL-12
  Scenario: A password is never taken in clear
    When the submission says
      | declarations | enterprise-user |
    And the platform submits "enterprise-registration" with
      | credit-code               | 91310000MA1FL00001 |
      | legal-representative-name | 李海               |
      | account-password          | 示例口令123        |
    Then it is refused with "secret-in-clear" under CI-COL-12 at "fields.account-password"
    When the person has given opt-in consent to "personalization"
    And the platform submits "personalization" with
      | settings         | 记住密码    |
      | account-password | 示例口令123 |
    Then it is refused with "undeclared-field" under CI-COL-11 at "fields.account-password"

  @CI-COL-03
  Scenario: Feedback comes by the hotline and serves better functions, not advertising
    When the submission says
      | channel | website |
    And the platform submits "feedback" with
      | feedback-text | 导览图请再大一些 |
    Then it is refused with "channel-undeclared" under CI-COL-03 at "channel"
    When the submission says
      | channel | hotline |
    And the platform submits "feedback" with
      | feedback-text | 导览图请再大一些 |
    Then it is admitted
    When the platform asks
      | kind    | use           |
      | purpose | feedback      |
      | fields  | feedback-text |
      | use     | advertising   |
    Then it is refused with "use-forbidden" under CI-COL-03 at "use"
    When the platform asks
      | kind    | use                 |
      | purpose | feedback            |
      | fields  | feedback-text       |
      | use     | service-improvement |
    Then the answer is yes

  @CI-COL-04
  Scenario Outline: Use is logged on the platform and nowhere else
    When the submission says
      | channel | <channel> |
    And the platform submits "use-of-functions" with
      | browsing-history | /news/12 |
    Then it is admitted

    Examples:
      | channel             |
      | website             |
      | mobile-website      |
      | wechat-account      |
      | wechat-mini-program |
      | mobile-app          |

  @CI-COL-04
  Scenario Outline: Browsing elsewhere is not taken in
    When the submission says
      | channel | <channel> |
    And the platform submits "use-of-functions" with
      | browsing-history | /news/12 |
    Then it is refused with "channel-undeclared" under CI-COL-04 at "channel"

    Examples:
      | channel  |
      | weibo    |
      | facebook |
      | hotline  |

  @CI-COL-04
  Scenario: A record of use that does not say where is not taken in
    When the platform submits "use-of-functions" with
      | browsing-history | /news/12 |
    Then it is refused with "channel-undeclared" under CI-COL-04 at "channel"

  @CI-COL-04 @CI-USE-01 @CI-USE-02
  Scenario Outline: Logs serve the declared uses only
    When the platform asks
      | kind    | use       |
      | purpose | <purpose> |
      | fields  | <field>   |
      | use     | <use>     |
    Then the answer is yes

    Examples:
      | purpose           | field         | use                   |
      | use-of-functions  | pages-visited | tailoring             |
      | use-of-functions  | pages-visited | service-improvement   |
      | use-of-functions  | pages-visited | fraud-monitoring      |
      | stability         | crash-data    | service-improvement   |
      | terminal-security | terminal-id   | identity-verification |
      | terminal-security | terminal-id   | customer-service      |
      | terminal-security | terminal-id   | incident-prevention   |
      | terminal-security | terminal-id   | fraud-monitoring      |
      | terminal-security | terminal-id   | archiving             |
      | terminal-security | terminal-id   | backup                |

  @CI-USE-01
  Scenario: What notices fraud makes no advertisement
    When the platform asks
      | kind    | use               |
      | purpose | terminal-security |
      | fields  | terminal-id       |
      | use     | fraud-monitoring  |
    Then the answer is yes
    When the platform asks
      | kind    | use               |
      | purpose | terminal-security |
      | fields  | terminal-id       |
      | use     | advertising       |
    Then it is refused with "use-forbidden" under CI-USE-01 at "use"
    When the platform asks
      | kind    | use               |
      | purpose | terminal-security |
      | fields  | terminal-id       |
      | use     | tailoring         |
    Then it is refused with "use-not-declared" under CI-USE-01 at "use"

  @CI-USE-02
  Scenario Outline: Better services are found in logs, devices, profiles and conversations
    When the platform asks
      | kind    | use                 |
      | purpose | <purpose>           |
      | fields  | <field>             |
      | use     | service-improvement |
    Then the answer is yes

    Examples:
      | purpose          | field         |
      | use-of-functions | pages-visited |
      | use-of-functions | device-model  |

  @CI-USE-02
  Scenario: Better services need no position and no identity
    When the platform asks
      | kind    | use                 |
      | purpose | use-of-functions    |
      | fields  | whereabouts         |
      | use     | service-improvement |
    Then it is refused with "undeclared-field" under CI-COL-07 at "fields.whereabouts"
    When the person has given opt-in consent to "survey"
    And the platform asks
      | kind    | use                 |
      | purpose | survey              |
      | fields  | age                 |
      | use     | service-improvement |
    Then the answer is yes
    When the platform asks
      | kind    | use                 |
      | purpose | survey              |
      | fields  | name                |
      | use     | service-improvement |
    Then it is refused with "undeclared-field" under CI-COL-15 at "fields.name"
    When the platform asks
      | kind    | use                 |
      | purpose | feedback            |
      | fields  | feedback-text       |
      | use     | service-improvement |
    Then the answer is yes

  @CI-USE-03
  Scenario: A position fits services only while it may be read
    When the platform asks
      | kind         | use                 |
      | purpose      | use-of-functions    |
      | fields       | gps-position        |
      | use          | tailoring           |
      | declarations | permission.location |
    Then the answer is yes
    When the platform asks
      | kind         | use              |
      | purpose      | use-of-functions |
      | fields       | gps-position     |
      | use          | tailoring        |
      | declarations | -                |
    Then it is refused with "permission-required" under CI-USE-03 at "fields.gps-position"
    When the platform asks
      | kind         | use              |
      | purpose      | use-of-functions |
      | fields       | language         |
      | use          | tailoring        |
      | declarations | -                |
    Then the answer is yes

  @CI-COL-13
  Scenario: The precise position serves what fits the person
    Given the person has given device-permission consent to "precise-location"
    When the platform asks
      | kind         | use                 |
      | purpose      | precise-location    |
      | fields       | gps-position        |
      | use          | tailoring           |
      | declarations | permission.location |
    Then the answer is yes

  @CI-USE-05
  Scenario: The effect of advertising is not measured by person
    When the platform asks
      | kind    | use                |
      | purpose | use-of-functions   |
      | fields  | pages-visited      |
      | use     | advertising-effect |
    Then it is refused with "aggregate-only" under CI-USE-05 at "use"

  @CI-USE-06
  Scenario: An upgrade takes what it needs of the device
    Given the person has given device-permission consent to "in-app-upgrade"
    When the platform asks
      | kind    | use              |
      | purpose | in-app-upgrade   |
      | fields  | system-version   |
      | use     | software-upgrade |
    Then the answer is yes
    When the platform submits "in-app-upgrade" with
      | system-version | 14   |
      | app-list       | 邮件 |
    Then it is admitted
    When the submission says
      | declarations | upgrade-running, permission.contacts |
    And the platform submits "in-app-upgrade" with
      | system-version | 14          |
      | contact-entry  | 展商 陈先生 |
    Then it is refused with "undeclared-field" under CI-USE-06 at "fields.contact-entry"
    When the platform asks
      | kind    | use            |
      | purpose | in-app-upgrade |
      | fields  | system-version |
      | use     | advertising    |
    Then it is refused with "use-not-declared" under CI-USE-06 at "use"

  @CI-COL-09
  Scenario: Customer service keeps what solves the case
    When the platform asks
      | kind    | use                  |
      | purpose | customer-service     |
      | fields  | conversation-content |
      | use     | customer-service     |
    Then the answer is yes
    When the platform asks
      | kind    | use                   |
      | purpose | customer-service      |
      | fields  | identity-proof        |
      | use     | identity-verification |
    Then the answer is yes
    When the platform asks
      | kind    | use                  |
      | purpose | customer-service     |
      | fields  | conversation-content |
      | use     | assistance           |
    Then it is refused with "use-not-declared" under CI-COL-09 at "use"

  @CI-COL-10
  Scenario: Recommendations stop when the person stops them
    Given the person has given opt-in consent to "personalization"
    When the platform submits "personalization" with
      | pages-requested | /schedule |
    Then it is admitted
    When the person withdraws "personalization"
    And the platform submits "personalization" with
      | pages-requested | /schedule |
    Then it is refused with "consent-withdrawn" under CI-COL-10

  @CI-COL-10
  Scenario: Recommendations need a yes of the person
    When the platform submits "personalization" with
      | pages-requested | /schedule |
    Then it is refused with "no-consent" under CI-COL-10
    When the person gives acceptance consent to "personalization"
    Then it is refused with "consent-level-too-low" under CI-COL-10 at "level"

  @CI-COL-10 @CI-USE-03
  Scenario Outline: Recommendations serve the declared uses
    Given the person has given opt-in consent to "personalization"
    When the platform asks
      | kind    | use             |
      | purpose | personalization |
      | fields  | pages-requested |
      | use     | <use>           |
    Then the answer is yes

    Examples:
      | use                 |
      | tailoring           |
      | service-improvement |
      | advertising         |

  @CI-COL-10
  Scenario: Recommendations serve nothing else
    Given the person has given opt-in consent to "personalization"
    When the platform asks
      | kind    | use              |
      | purpose | personalization  |
      | fields  | pages-requested  |
      | use     | fraud-monitoring |
    Then it is refused with "use-not-declared" under CI-COL-10 at "use"

  @CI-COL-13
  Scenario Outline: A precise position needs a service that uses it
    Given the person has given device-permission consent to "precise-location"
    When the submission says
      | declarations | permission.location, <moment> |
    And the platform submits "precise-location" with
      | gps-position  | 31.1930,121.3010 |
      | wifi-position | 4.1馆            |
    Then it is admitted

    Examples:
      | moment                |
      | location-service-open |
      | navigation-open       |

  @CI-COL-13
  Scenario: Positioning switched on is not enough
    Given the person has given device-permission consent to "precise-location"
    When the submission says
      | declarations | permission.location |
    And the platform submits "precise-location" with
      | gps-position | 31.1930,121.3010 |
    Then it is refused with "moment-not-declared" under CI-COL-13 at "moment"
    When the person withdraws "precise-location"
    And the platform submits "precise-location" with
      | gps-position | 31.1930,121.3010 |
    Then it is refused with "consent-withdrawn" under CI-COL-13

  @CI-COL-14
  Scenario Outline: A real name is asked for while a message is written
    Given the person has given explicit consent to "inquiry-real-name"
    When the submission says
      | declarations | <moment> |
    And the platform submits "inquiry-real-name" with
      | real-name    | 王晓明      |
      | <document>   | <number>    |
      | contact-info | 13816550021 |
    Then it is admitted

    Examples:
      | moment            | document        | number             |
      | instant-messaging | id-card-number  | 310104199003074027 |
      | leaving-a-message | passport-number | E12345678          |

  @CI-COL-14
  Scenario: Nobody gives a real name without a message
    Given the person has given explicit consent to "inquiry-real-name"
    When the submission says
      | declarations | - |
    And the platform submits "inquiry-real-name" with
      | real-name      | 王晓明             |
      | id-card-number | 310104199003074027 |
      | contact-info   | 13816550021        |
    Then it is refused with "moment-not-declared" under CI-COL-14 at "moment"
    When the platform submits "inquiry-real-name" with
      | real-name    | 王晓明      |
      | contact-info | 13816550021 |
    Then it is refused with "missing-field" under CI-CON-03 at "fields.id-card-number"

  @CI-COL-14
  Scenario: A real name is given expressly
    When the person gives opt-in consent to "inquiry-real-name"
    Then it is refused with "consent-level-too-low" under CI-COL-14 at "level"
    When the platform submits "inquiry-real-name" with
      | real-name      | 王晓明             |
      | id-card-number | 310104199003074027 |
      | contact-info   | 13816550021        |
    Then it is refused with "no-consent" under CI-COL-14

  @CI-COL-15
  Scenario: A survey is voluntary
    When the platform submits "survey" with
      | age | 36 |
    Then it is refused with "no-consent" under CI-COL-15
    When the person has given opt-in consent to "survey"
    And the platform submits "survey" with
      | age | 36 |
    Then it is admitted

  @CI-COL-16
  Scenario Outline: Who keeps additional data to themselves uses everything else
    When the person refuses "<purpose>"
    And the platform submits "registration" with
      | name          | 王晓明      |
      | mobile-number | 13816550021 |
    Then it is admitted
    When the platform asks
      | kind    | page         |
      | purpose | registration |
    Then the answer is yes
    When the platform asks
      | kind    | page             |
      | purpose | customer-service |
    Then the answer is yes
    When the platform asks
      | kind    | page      |
      | purpose | <purpose> |
    Then it is refused with "consent-refused" under CI-COL-16 at "purpose"

    Examples:
      | purpose           |
      | inquiry-real-name |
      | survey            |

  @CI-COL-16 @CI-COL-15
  Scenario: No page makes additional data a condition
    When the platform asks
      | kind     | page   |
      | purpose  | survey |
      | fields   | age    |
      | required | age    |
    Then it is refused with "field-optional" under CI-COL-16 at "required.age"
    When the platform asks
      | kind    | page   |
      | purpose | survey |
      | fields  | age    |
    Then the answer is yes

  @CI-COL-17
  Scenario Outline: Members signed up by a group whose authorization is confirmed
    When the submission says
      | source       | indirect                                                   |
      | party        | <party>                                                    |
      | attestations | authorization-confirmed, source-lawful, liability-accepted |
    And the platform submits "personnel-entry" with
      | name | 赵敏 |
    Then it is admitted

    Examples:
      | party              |
      | trading-group      |
      | delegation         |
      | media-organization |

  @CI-COL-17 @CI-COL-18
  Scenario Outline: Members whose authorization is not confirmed
    When the submission says
      | source       | indirect      |
      | party        | trading-group |
      | attestations | <one>, <two>  |
    And the platform submits "personnel-entry" with
      | name | 赵敏 |
    Then it is refused with "attestation-required" under CI-COL-17 at "source.attestations"

    Examples:
      | one                     | two                |
      | source-lawful           | liability-accepted |
      | authorization-confirmed | liability-accepted |
      | authorization-confirmed | source-lawful      |

  @CI-COL-17 @CI-COL-22
  Scenario: From a third party nobody has named, or for another function, nothing comes
    When the submission says
      | source       | indirect                                                   |
      | party        | data-broker                                                |
      | attestations | authorization-confirmed, source-lawful, liability-accepted |
    And the platform submits "personnel-entry" with
      | name | 赵敏 |
    Then it is refused with "source-not-declared" under CI-COL-17 at "source.party"
    When the submission says
      | source | indirect      |
      | party  | trading-group |
    And the platform submits "registration" with
      | name          | 王晓明      |
      | mobile-number | 13816550021 |
    Then it is refused with "source-not-declared" under CI-COL-01 at "source.kind"

  @CI-COL-22 @CI-EXC-06
  Scenario: The register of companies is a lawful source, for the representative of an enterprise only
    When the submission says
      | source | public |
    And the platform submits "enterprise-registration" with
      | credit-code               | 91310000MA1FL00001 |
      | legal-representative-name | 李海               |
    Then it is admitted
    When the submission says
      | source | public |
    And the platform submits "registration" with
      | name          | 王晓明      |
      | mobile-number | 13816550021 |
    Then it is refused with "source-not-declared" under CI-COL-01 at "source.kind"

  @CI-COL-22
  Scenario: Nothing is logged that the person should have typed, and nothing typed that is logged
    When the submission says
      | source | automatic |
    And the platform submits "registration" with
      | name          | 王晓明      |
      | mobile-number | 13816550021 |
    Then it is refused with "source-not-declared" under CI-COL-01 at "source.kind"
    When the submission says
      | source | person |
    And the platform submits "terminal-security" with
      | terminal-id | T-0001 |
    Then it is refused with "source-not-declared" under CI-PRM-01 at "source.kind"

  @CI-COL-21
  Scenario: A field that several functions have stays with the one whose ground stands
    When the platform submits "registration" with
      | name          | 王晓明      |
      | mobile-number | 13816550021 |
    Then it is admitted
    When the person has given explicit consent to "further-use"
    And the platform submits "further-use" with
      | mobile-number | 13816550021 |
    Then it is admitted
    When the person withdraws "further-use"
    And the platform asks whether "mobile-number" may be used for "further-use"
    Then it is refused with "consent-withdrawn" under CI-COL-20
    When the platform asks whether "mobile-number" may be used for "registration"
    Then the answer is yes
    When the platform asks whether "carrier" may be used for "personalization"
    Then it is refused with "no-consent" under CI-COL-10
    When the platform asks whether "carrier" may be used for "use-of-functions"
    Then the answer is yes

  @CI-COL-22
  Scenario: Stored on the mainland only
    When the submission says
      | region | CN-SH |
    And the platform submits "personnel-entry" with
      | name | 王晓明 |
    Then it is admitted

  @CI-COL-08
  Scenario Outline: Joined logs are de-identified first
    When the platform asks
      | kind    | join                 |
      | purpose | use-of-functions     |
      | fields  | <log>, mobile-number |
    Then it is refused with "joined-data" under CI-COL-08 at "fields"

    Examples:
      | log                |
      | search-and-inquiry |
      | device-model       |
      | browsing-history   |
      | pages-visited      |

  @CI-COL-08
  Scenario: In the log of a visitor the equipment is replaced
    When the submission says
      | channel | mobile-app |
    And the platform submits "use-of-functions" with
      | equipment-id   | 9774d56d682e549c |
      | system-version | 14               |
    Then what is kept is
      | equipment-id   | replaced |
      | system-version | 14       |

  @CI-COL-08 @CI-DEF-03
  Scenario: A log by itself tells nobody; a device number does
    When the platform asks
      | kind   | field                            |
      | fields | search-and-inquiry, device-model |
    Then the answer is yes
    And the answer says
      | classified | not-personal |
    When the platform asks
      | kind   | field       |
      | fields | mac-address |
    Then the answer is yes
    And the answer says
      | classified | personal |

  @CI-COL-08
  Scenario: Joined logs stand as they are with the person’s authorization or a law
    Given the person has given opt-in consent to "personalization"
    When the platform asks
      | kind    | join            |
      | purpose | personalization |
      | fields  | pages-requested |
    Then the answer is yes
    And the answer says
      | classified | personal |
    When the platform asks
      | kind      | join                              |
      | purpose   | use-of-functions                  |
      | fields    | search-and-inquiry, mobile-number |
      | exception | other-law                         |
      | evidence  | citation                          |
    Then the answer is yes
