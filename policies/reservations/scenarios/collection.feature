Feature: What is collected
  At declared points of the site, for the declared purposes, with the declared fields.

  @RS-COL-02
  Scenario: Reservation: every field on its list is taken
    When the submission says
      | channel | checkout |
    And the platform submits "reservation" with
      | name             | 陈静                   |
      | shipping-address | 杭州市西湖区示例路18号 |
      | billing-address  | 杭州市西湖区示例路18号 |
      | telephone        | 13957110032            |
      | email            | chen.jing@example.cn   |
      | payment-card     | tok-8f3k29dk20         |
    Then it is admitted

  @RS-DEF-01 @RS-COL-05
  Scenario: Registration: every field on its list is taken
    When the submission says
      | channel | sign-up |
    And the platform submits "registration" with
      | title        | 女士                                                                    |
      | telephone    | 13957110032                                                             |
      | email        | chen.jing@example.cn                                                    |
      | company-name | 示例商贸有限公司                                                        |
      | wechat-id    | chenjing-cn                                                             |
      | user-name    | chenjing                                                                |
      | password     | sha256:cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd |
    Then it is admitted

  @RS-COL-06
  Scenario: Personal experience: every field on its list is taken
    When the submission says
      | channel | site-pages |
    And the platform submits "personalization" with
      | device-info   | 示例手机 X1 |
      | browsing-info | /hotels/88  |
      | click-info    | 预订按钮    |
    Then it is admitted

  @RS-COL-06
  Scenario: Safe service: every field on its list is taken
    When the submission says
      | channel | site-pages |
    And the platform submits "service-security" with
      | device-info   | 示例手机 X1 |
      | browsing-info | /hotels/88  |
      | click-info    | 预订按钮    |
    Then it is admitted

  @RS-USE-02
  Scenario: Security and support: every field on its list is taken
    When the submission says
      | channel | support-desk |
    And the platform submits "security-and-support" with
      | device-info   | 示例手机 X1 |
      | browsing-info | /hotels/88  |
      | click-info    | 预订按钮    |
      | account-info  | 账号尾号 32 |
    Then it is admitted

  @RS-USE-04
  Scenario: Software upgrade: every field on its list is taken
    When the submission says
      | channel | app |
    And the platform submits "software-upgrade" with
      | device-info | 示例手机 X1 |
    Then it is admitted

  @RS-USE-05
  Scenario: Survey: every field on its list is taken
    Given the person has given opt-in consent to "survey"
    When the submission says
      | channel | survey-form |
    And the platform submits "survey" with
      | survey-answers | 满意 |
    Then it is admitted

  @RS-COL-01
  Scenario: Fitting information: every field on its list is taken
    Given the person has given opt-in consent to "pertinent-information"
    When the submission says
      | channel | information-form |
    And the platform submits "pertinent-information" with
      | name  | 陈静                 |
      | email | chen.jing@example.cn |
    Then it is admitted

  @RS-COL-02 @RS-DEF-01 @RS-COL-06 @RS-USE-02 @RS-USE-04
  Scenario Outline: A field that is not on the list is refused
    When the submission says
      | channel | <channel> |
    And the platform submits "<purpose>" with
      | <given> | <value> |
      | <stray> | 示例    |
    Then it is refused with "undeclared-field" under <clause> at "fields.<stray>"

    Examples:
      | purpose              | channel      | given        | value                | stray           | clause    |
      | reservation          | checkout     | name         | 陈静                 | passport-number | RS-COL-02 |
      | registration         | sign-up      | email        | chen.jing@example.cn | payment-card    | RS-DEF-01 |
      | personalization      | site-pages   | click-info   | 预订按钮             | gps-location    | RS-COL-06 |
      | service-security     | app          | click-info   | 预订按钮             | name            | RS-COL-06 |
      | security-and-support | support-desk | account-info | 账号尾号 32          | payment-card    | RS-USE-02 |
      | software-upgrade     | app          | device-info  | 示例手机 X1          | click-info      | RS-USE-04 |

  @RS-COL-01 @RS-COL-06
  Scenario Outline: Each purpose has its points of collection
    When the submission says
      | channel | <channel> |
    And the platform submits "<purpose>" with
      | <field> | <value> |
    Then it is admitted

    Examples:
      | purpose              | channel      | field        | value                |
      | personalization      | site-pages   | click-info   | 预订按钮             |
      | personalization      | app          | click-info   | 预订按钮             |
      | service-security     | site-pages   | click-info   | 预订按钮             |
      | service-security     | app          | click-info   | 预订按钮             |
      | security-and-support | support-desk | account-info | 账号尾号 32          |
      | software-upgrade     | app          | device-info  | 示例手机 X1          |
      | registration         | sign-up      | email        | chen.jing@example.cn |

  @RS-COL-01
  Scenario Outline: A point that is not declared for the purpose, or not at all
    When the submission says
      | channel | <channel> |
    And the platform submits "reservation" with
      | name         | 陈静           |
      | telephone    | 13957110032    |
      | payment-card | tok-8f3k29dk20 |
    Then it is refused with "channel-undeclared" under RS-COL-01 at "channel"

    Examples:
      | channel          |
      | group-quote      |
      | sign-up          |
      | information-form |
      | survey-form      |
      | site-pages       |
      | app              |
      | support-desk     |

  @RS-COL-01 @RS-COL-06
  Scenario Outline: Nor for the other purposes
    When the submission says
      | channel | <channel> |
    And the platform submits "<purpose>" with
      | <field> | <value> |
    Then it is refused with "channel-undeclared" under <clause> at "channel"

    Examples:
      | purpose              | channel    | field        | value                | clause    |
      | registration         | checkout   | email        | chen.jing@example.cn | RS-COL-01 |
      | security-and-support | site-pages | account-info | 账号尾号 32          | RS-COL-01 |
      | personalization      | checkout   | click-info   | 预订按钮             | RS-COL-06 |
      | service-security     | checkout   | click-info   | 预订按钮             | RS-COL-06 |
      | software-upgrade     | site-pages | device-info  | 示例手机 X1          | RS-COL-06 |

  @RS-COL-01
  Scenario: A point must be said, and said right
    When the platform submits "reservation" with
      | name         | 陈静           |
      | telephone    | 13957110032    |
      | payment-card | tok-8f3k29dk20 |
    Then it is refused with "channel-undeclared" under RS-COL-01 at "channel"
    When the submission says
      | channel | checkout |
    And the platform submits "reservation" with
      | name         | 陈静           |
      | telephone    | 13957110032    |
      | payment-card | tok-8f3k29dk20 |
    Then it is admitted
    When the person has given opt-in consent to "survey"
    And the submission says
      | channel | checkout |
    And the platform submits "survey" with
      | survey-answers | 满意 |
    Then it is refused with "channel-undeclared" under RS-COL-01 at "channel"
    When the person has given opt-in consent to "pertinent-information"
    And the submission says
      | channel | checkout |
    And the platform submits "pertinent-information" with
      | name  | 陈静                 |
      | email | chen.jing@example.cn |
    Then it is refused with "channel-undeclared" under RS-COL-01 at "channel"

  @RS-COL-01
  Scenario: Another product is not covered
    When the submission says
      | channel | checkout          |
      | product | reservations-site |
    And the platform submits "reservation" with
      | name         | 陈静           |
      | telephone    | 13957110032    |
      | payment-card | tok-8f3k29dk20 |
    Then it is admitted
    When the submission says
      | channel | checkout   |
      | product | car-rental |
    And the platform submits "reservation" with
      | name         | 陈静           |
      | telephone    | 13957110032    |
      | payment-card | tok-8f3k29dk20 |
    Then it is refused with "product-not-covered" under RS-COL-01 at "product"

  @RS-COL-01
  Scenario: Fitting information is a choice
    When the submission says
      | channel | information-form |
    And the platform submits "pertinent-information" with
      | name  | 陈静                 |
      | email | chen.jing@example.cn |
    Then it is refused with "no-consent" under RS-COL-01
    When the person gives acceptance consent to "pertinent-information"
    Then it is refused with "consent-level-too-low" under RS-COL-01 at "level"
    When the person has given opt-in consent to "pertinent-information"
    And the submission says
      | channel | information-form |
    And the platform submits "pertinent-information" with
      | name  | 陈静                 |
      | email | chen.jing@example.cn |
    Then it is admitted

  @RS-COL-03
  Scenario: A partner collects only if registered
    When the submission says
      | channel   | checkout           |
      | collector | registered-partner |
    And the platform submits "reservation" with
      | name         | 陈静           |
      | telephone    | 13957110032    |
      | payment-card | tok-8f3k29dk20 |
    Then it is admitted
    When the submission says
      | channel   | checkout |
      | collector | tour-7   |
    And the platform submits "reservation" with
      | name         | 陈静           |
      | telephone    | 13957110032    |
      | payment-card | tok-8f3k29dk20 |
    Then it is refused with "collector-unregistered" under RS-COL-03 at "collector"

  @RS-COL-04
  Scenario Outline: What a reservation cannot do without
    When the submission says
      | channel | checkout |
    And the platform submits "reservation" with
      | <one> | <value one> |
      | <two> | <value two> |
    Then it is refused with "missing-field" under RS-COL-04 at "fields.<missing>"

    Examples:
      | one       | value one   | two          | value two      | missing      |
      | telephone | 13957110032 | payment-card | tok-8f3k29dk20 | name         |
      | name      | 陈静        | telephone    | 13957110032    | payment-card |
      | name      | 陈静        | payment-card | tok-8f3k29dk20 | telephone    |

  @RS-COL-04 @RS-COL-02
  Scenario: Phone or email is enough, addresses and all else are the person’s choice
    When the submission says
      | channel | checkout |
    And the platform submits "reservation" with
      | name         | 陈静           |
      | telephone    | 13957110032    |
      | payment-card | tok-8f3k29dk20 |
    Then it is admitted
    When the submission says
      | channel | checkout |
    And the platform submits "reservation" with
      | name         | 陈静                 |
      | email        | chen.jing@example.cn |
      | payment-card | tok-8f3k29dk20       |
    Then it is admitted
    When the submission says
      | channel | sign-up |
    And the platform submits "registration" with
      | email | chen.jing@example.cn |
    Then it is admitted
    When the submission says
      | channel | sign-up |
    And the platform submits "registration" with
      | telephone | 13957110032 |
    Then it is admitted
    When the submission says
      | channel | sign-up |
    And the platform submits "registration" with
      | title | 女士 |
    Then it is refused with "missing-field" under RS-COL-04 at "fields.telephone"

  @RS-COL-04
  Scenario Outline: No page makes it a condition
    When the platform asks
      | kind     | page      |
      | purpose  | <purpose> |
      | fields   | <field>   |
      | required | <field>   |
    Then it is refused with "field-optional" under RS-COL-04 at "required.<field>"

    Examples:
      | purpose              | field            |
      | reservation          | shipping-address |
      | reservation          | billing-address  |
      | reservation          | telephone        |
      | registration         | title            |
      | registration         | company-name     |
      | registration         | wechat-id        |
      | security-and-support | account-info     |

  @RS-COL-04
  Scenario: What is needed may be a condition
    When the platform asks
      | kind     | page               |
      | purpose  | reservation        |
      | fields   | name               |
      | required | name, payment-card |
    Then the answer is yes

  @RS-COL-04 @RS-USE-05
  Scenario Outline: Withholding costs that service and nothing else
    When the person refuses "<purpose>"
    And the platform asks
      | kind    | page      |
      | purpose | <purpose> |
    Then it is refused with "consent-refused" under RS-COL-04 at "purpose"
    When the platform asks
      | kind    | page        |
      | purpose | reservation |
    Then the answer is yes

    Examples:
      | purpose               |
      | survey                |
      | pertinent-information |

  @RS-COL-05
  Scenario Outline: Account data comes from the user
    When the submission says
      | channel | sign-up  |
      | source  | <source> |
    And the platform submits "registration" with
      | email | chen.jing@example.cn |
    Then it is refused with "source-not-declared" under RS-COL-05 at "source.kind"

    Examples:
      | source    |
      | public    |
      | automatic |

  @RS-COL-05
  Scenario: Not from a list that somebody sells
    When the submission says
      | channel | sign-up     |
      | source  | indirect    |
      | party   | list-broker |
    And the platform submits "registration" with
      | email     | chen.jing@example.cn |
      | wechat-id | chenjing-cn          |
    Then it is refused with "source-not-declared" under RS-COL-05 at "source.kind"
    When the submission says
      | channel | sign-up |
      | source  | person  |
    And the platform submits "registration" with
      | email     | chen.jing@example.cn |
      | wechat-id | chenjing-cn          |
    Then it is admitted

  @RS-COL-06
  Scenario: Logs have two aims
    When the submission says
      | channel | site-pages |
    And the platform submits "personalization" with
      | click-info | 预订按钮 |
    Then it is admitted
    When the submission says
      | channel | site-pages |
    And the platform submits "ad-resale" with
      | click-info | 预订按钮 |
    Then it is refused with "undeclared-purpose" under RS-USE-01 at "purpose"

  @RS-COL-06
  Scenario Outline: Logs are taken by declared techniques
    When the platform asks
      | kind    | tracker   |
      | tracker | <tracker> |
      | purpose | <purpose> |
    Then the answer is yes
    And the answer says
      | clause | RS-COL-06 |

    Examples:
      | tracker            | purpose          |
      | cookie             | personalization  |
      | identifier         | personalization  |
      | related-technology | personalization  |
      | cookie             | service-security |
      | identifier         | service-security |
      | related-technology | service-security |

  @RS-COL-06
  Scenario: And by no other
    When the platform asks
      | kind    | tracker         |
      | tracker | fingerprint     |
      | purpose | personalization |
    Then it is refused with "tracker-not-declared" at "tracker"
    When the platform asks
      | kind    | tracker |
      | tracker | cookie  |
      | purpose | resale  |
    Then it is refused with "tracker-not-declared" at "purpose"

  @RS-COL-06
  Scenario: Logs are logged, not typed in
    When the submission says
      | channel | site-pages |
      | source  | person     |
    And the platform submits "personalization" with
      | click-info | 预订按钮 |
    Then it is refused with "source-not-declared" at "source.kind"
    When the submission says
      | channel | site-pages |
      | source  | automatic  |
    And the platform submits "personalization" with
      | click-info | 预订按钮 |
    Then it is admitted

  @RS-COL-02 @RS-COL-01 @RS-USE-04 @RS-USE-05
  Scenario Outline: <purpose> does not go without <field>
    Given the person has agreed to all that "<purpose>" asks for
    When the submission says
      | channel | <channel> |
    And the platform submits "<purpose>" without "<field>"
    Then it is refused with "missing-field" at "fields.<field>"

    Examples:
      | purpose               | channel          | field          |
      | reservation           | checkout         | payment-card   |
      | reservation           | checkout         | name           |
      | pertinent-information | information-form | email          |
      | software-upgrade      | app              | device-info    |
      | survey                | survey-form      | survey-answers |

  @RS-COL-06 @RS-USE-04
  Scenario Outline: <purpose> is logged, nobody types it in
    When the submission says
      | channel | app       |
      | source  | automatic |
    And the platform submits "<purpose>" with
      | device-info | 示例手机 X1 |
    Then it is admitted

    Examples:
      | purpose          |
      | personalization  |
      | service-security |
      | software-upgrade |

  @RS-COL-02 @RS-DEF-01
  Scenario Outline: What is held for <held for> also serves security and support
    When the submission says
      | channel  | support-desk |
      | source   | reused       |
      | held for | <held for>   |
    And the platform submits "security-and-support" with
      | account-info | 账号尾号 32 |
    Then the answer says
      | code | <code> |

    Examples:
      | held for     | code                |
      | reservation  | -                   |
      | registration | -                   |
      | survey       | source-not-declared |
