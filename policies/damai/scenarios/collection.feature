Feature: What Damai collects

  @DM-SCP-01
  Scenario Outline: Data from <product> is <answer>
    Given the submission says
      | product | <product> |
    When the platform submits "registration"
    Then the answer says
      | code | <answer> |

    Examples:
      | product                    | answer              |
      | damai                      | -                   |
      | affiliate-embedding-damai  | -                   |
      | product-with-own-policy    | product-not-covered |
      | third-party-service        | product-not-covered |
      | someone-elses-product      | product-not-covered |

  @DM-DEF-01
  Scenario: A field that is in no list is not taken
    When the platform submits "registration" and also
      | seat-preference | 靠过道 |
    Then it is refused with "undeclared-field" at "fields.seat-preference"
    And nothing is kept

  @DM-DEF-02
  Scenario Outline: <field> of an adult is sensitive: <sensitive>
    Given the person is born on 1990-05-05
    When the platform asks
      | kind   | field   |
      | fields | <field> |
    Then the answer says
      | classified | <classified> |

    Examples:
      | field           | classified | sensitive |
      | id-number       | sensitive  | yes       |
      | face-image      | sensitive  | yes       |
      | order-number    | sensitive  | yes       |
      | mobile-number   | personal   | no        |
      | delivery-address | personal  | no        |

  @DM-DEF-02 @DM-DEF-05
  Scenario Outline: A nickname of somebody born on <born> is <classified>
    Given it is 2026-03-02 09:00
    And the person is born on <born>
    When the platform asks
      | kind   | field    |
      | fields | nickname |
    Then the answer says
      | classified | <classified> |

    Examples:
      | born       | classified |
      | 2011-03-03 | sensitive  |
      | 2011-03-02 | personal   |

  @DM-COL-01 @DM-COL-04
  Scenario: Registration takes four things
    When the platform submits "registration" with
      | account-name  | 小明        |
      | nickname      | 明明        |
      | password      | 密文        |
      | mobile-number | 13800000000 |
    Then it is admitted
    And what is kept is
      | account-name  | 小明        |
      | nickname      | 明明        |
      | password      | 密文        |
      | mobile-number | 13800000000 |

  @DM-COL-01 @DM-COL-04
  Scenario Outline: Without <field> there is no account
    When the platform submits "registration" without "<field>"
    Then it is refused with "missing-field" under DM-COL-01 at "fields.<field>"
    And nothing is kept

    Examples:
      | field         |
      | account-name  |
      | nickname      |
      | password      |
      | mobile-number |

  @DM-COL-04 @DM-RET-01
  Scenario: An identity number has no place in a registration
    When the platform submits "registration" and also
      | id-number | 110101199003070038 |
    Then it is refused with "undeclared-field" under DM-RET-01 at "fields.id-number"

  @DM-COL-02 @DM-COL-06 @DM-COL-23
  Scenario Outline: Refusing <refused> costs nothing but that
    Given the person refuses "<refused>"
    When the platform submits "registration"
    Then it is admitted
    When the platform submits "order"
    Then it is admitted
    When the platform submits "<refused>"
    Then it is refused with "consent-refused"

    Examples:
      | refused                 |
      | registration-additional |
      | album                   |
      | calendar                |

  @DM-COL-06
  Scenario Outline: <field> may be given beside the account
    Given the person has agreed to all that "registration-additional" asks for
    When the platform submits "registration-additional" with
      | <field> | … |
    Then it is admitted

    Examples:
      | field            |
      | delivery-address |
      | gender           |
      | birthday         |
      | email            |

  @DM-COL-03
  Scenario: What no purpose names is not collected
    When the platform submits "credit-scoring" with
      | nickname | 明明 |
    Then it is refused with "undeclared-purpose" under DM-COL-03 at "purpose"

  @DM-COL-05
  Scenario Outline: Log-in by an account of <party>: <answer>
    Given the person has agreed to all that "social-login" asks for
    And the submission says
      | source | indirect |
      | party  | <party>  |
    When the platform submits "social-login"
    Then the answer says
      | code | <answer> |

    Examples:
      | party    | answer              |
      | weibo    | -                   |
      | qq       | -                   |
      | alipay   | -                   |
      | wechat   | -                   |
      | facebook | source-not-declared |

  @DM-COL-05
  Scenario: What a linked account does not show in public is dropped
    Given the person has agreed to all that "social-login" asks for
    And the submission says
      | source | indirect |
      | party  | wechat   |
    When the platform submits "social-login" and also
      | friend-list | 张三 |
    Then it is admitted
    And the answer says
      | dropped | friend-list |

  @DM-COL-08
  Scenario Outline: A real name is taken because of <trigger>: <answer>
    Given a person who has given explicit consent to "real-name"
    And the submission says
      | declarations | <trigger> |
    When the platform submits "real-name"
    Then the answer says
      | code | <answer> |

    Examples:
      | trigger               | answer               |
      | frequent-purchaser    | -                    |
      | comment-real-name     | -                    |
      | large-event-real-name | -                    |
      | invoice-requested     | declaration-required |

  @DM-COL-09
  Scenario Outline: A real-name check takes <document>
    Given a person who has given explicit consent to "real-name"
    When the platform submits "real-name" with
      | legal-name | 张三 |
      | <document> | …    |
    Then it is admitted

    Examples:
      | document               |
      | id-number              |
      | passport-number        |
      | hk-macao-permit-number |
      | taiwan-permit-number   |

  @DM-COL-09
  Scenario: A driving licence is not among the documents
    Given a person who has given explicit consent to "real-name"
    When the platform submits "real-name" and also
      | driving-licence | 110101199003070038 |
    Then it is refused with "undeclared-field" at "fields.driving-licence"

  @DM-COL-11 @DM-COL-16
  Scenario Outline: Logs serve <use>: <answer>
    When the platform submits "display-and-logs" with
      | browsed-pages | … |
    And the platform asks
      | kind    | use              |
      | purpose | display-and-logs |
      | fields  | browsed-pages    |
      | use     | <use>            |
    Then the answer says
      | code | <answer> |

    Examples:
      | use                 | answer           |
      | account-abnormality | -                |
      | product-fit         | -                |
      | display-and-search  | -                |
      | improvement         | -                |
      | avatar              | use-not-declared |

  @DM-COL-12
  Scenario Outline: <field> is device data
    When the platform submits "display-and-logs" with
      | <field> | … |
    Then it is admitted

    Examples:
      | field              |
      | device-model       |
      | os-version         |
      | device-settings    |
      | advertising-id     |
      | equipment-id       |
      | mac-address        |
      | installed-apps     |
      | device-environment |

  @DM-COL-12
  Scenario: An address book is not
    When the platform submits "display-and-logs" and also
      | contacts     | 张三 |
    Then it is refused with "undeclared-field" at "fields.contacts"

  @DM-COL-13
  Scenario Outline: <field> is read while the location permission is granted, and not else
    When the platform submits "display-and-logs" with
      | <field> | … |
    Then it is admitted
    Given the submission says
      | declarations | - |
    When the platform submits "display-and-logs" with
      | <field> | … |
    Then it is refused with "permission-required" at "fields.<field>"

    Examples:
      | field              |
      | gps-location       |
      | wlan-access-points |
      | bluetooth-devices  |
      | base-stations      |

  @DM-COL-14
  Scenario Outline: <field> is part of the service log
    When the platform submits "display-and-logs" with
      | <field> | … |
    Then it is admitted

    Examples:
      | field               |
      | browsed-pages       |
      | viewed-content      |
      | favorites           |
      | logged-transactions |
      | after-sales         |
      | follows-and-shares  |
      | published-content   |
      | ip-address          |
      | browser-type        |
      | telecom-operator    |
      | interface-language  |
      | accessed-at         |

  @DM-COL-14
  Scenario: What is on the clipboard is not
    When the platform submits "display-and-logs" and also
      | clipboard-text | … |
    Then it is refused with "undeclared-field" under DM-COL-14 at "fields.clipboard-text"

  @DM-COL-15 @DM-COL-12
  Scenario Outline: In the log of a person <identifier> is replaced
    When the platform submits "display-and-logs" with
      | <identifier> | D-1 |
      | os-version   | 14  |
    Then what is kept is
      | <identifier> | replaced |
      | os-version   | 14       |
    When the platform asks
      | kind     | dataset      |
      | use      | statistics   |
      | state    | deidentified |
      | fields   | <identifier> |
      | evidence | report       |
    Then it is refused with "deidentification-unproven" at "fields.<identifier>"

    Examples:
      | identifier     |
      | equipment-id   |
      | mac-address    |
      | advertising-id |

  @DM-COL-15
  Scenario: Logs joined to a person are personal, and de-identified without a yes or a law
    When the platform asks
      | kind    | join                        |
      | purpose | display-and-logs            |
      | fields  | browser-type, mobile-number |
    Then it is refused with "joined-data" under DM-COL-15
    And the answer says
      | classified | personal   |
      | treatment  | deidentify |
    When the platform asks
      | kind      | join                        |
      | purpose   | display-and-logs            |
      | fields    | browser-type, mobile-number |
      | exception | other-law                   |
      | evidence  | citation                    |
    Then the answer is yes

  @DM-COL-17
  Scenario Outline: <purpose> belongs to an order
    Given the submission says
      | matter | - |
    When the platform submits "<purpose>"
    Then it is refused with "matter-required" under DM-COL-17 at "matter"

    Examples:
      | purpose |
      | order   |
      | payment |

  @DM-COL-18
  Scenario Outline: The progress of a delivery comes from <party>, declared as <declared>: <answer>
    Given the submission says
      | source       | indirect   |
      | party        | <party>    |
      | declarations | <declared> |
    When the platform submits "delivery-progress"
    Then the answer says
      | code | <answer> |

    Examples:
      | party            | declared         | answer               |
      | logistics-entity | courier-delivery | -                    |
      | logistics-entity | -                | declaration-required |
      | partner          | courier-delivery | source-not-declared  |

  @DM-CON-03 @DM-CON-04
  Scenario Outline: A friend's name on an order, declared as <declared>: <answer>
    Given a friend is also named, as "<declared>", with
      | legal-name | 李四 |
    When the platform submits "order"
    Then the answer says
      | code | <answer> |

    Examples:
      | declared                | answer               |
      | other-person-authorized | -                    |
      | courier-delivery        | declaration-required |

  @DM-COL-19
  Scenario: An invoice for a company needs its tax number
    When the platform submits "invoice" with
      | invoice-company-name | 北京某某有限公司 |
    Then it is refused with "missing-field" under DM-COL-19 at "fields.invoice-tax-id"

  @DM-COL-19
  Scenario: An invoice is made when it is asked for
    Given the submission says
      | declarations | - |
    When the platform submits "invoice" with
      | invoice-person-name | 张三 |
    Then it is refused with "declaration-required" under DM-COL-19 at "declarations"
    When the platform submits "invoice" with
      | invoice-person-name | 张三 |
    Then it is admitted

  @DM-COL-20
  Scenario Outline: Customer service keeps <field>
    When the platform submits "customer-service" with
      | <field> | … |
    Then it is admitted

    Examples:
      | field                |
      | conversation-record  |
      | conversation-content |
      | case-account         |
      | case-order           |
      | supporting-facts     |
      | case-contact         |

  @DM-COL-20
  Scenario: Customer service does not keep where somebody is
    When the platform submits "customer-service" and also
      | gps-location | … |
    Then it is refused with "undeclared-field" under DM-COL-20 at "fields.gps-location"

  @DM-COL-22
  Scenario Outline: Answers to a questionnaire serve <purpose>: <answer>
    Given the person has agreed to all that "service-quality" asks for
    When the platform asks whether "questionnaire-answers" may be used for "<purpose>"
    Then the answer says
      | code | <answer> |

    Examples:
      | purpose         | answer           |
      | service-quality | -                |
      | marketing       | undeclared-field |

  @DM-AUT-01
  Scenario: A profile is not drawn from an identity number
    Given the person has agreed to all that "personalized-display" asks for
    When the platform submits "personalized-display" and also
      | id-number | 110101199003070038 |
    Then it is refused with "undeclared-field" under DM-AUT-01 at "fields.id-number"

  @DM-SEC-01
  Scenario Outline: The security kit takes <field>: <answer>
    When the platform asks
      | kind   | sdk                |
      | sdk    | affiliate-security |
      | fields | <field>            |
    Then the answer says
      | code | <answer> |

    Examples:
      | field            | answer           |
      | device-model     | -                |
      | ip-address       | -                |
      | uploaded-picture | undeclared-field |

  @DM-SEC-02 @DM-COL-27 @DM-COL-28
  Scenario Outline: <field> from <party>, who attested <attested>: <answer>
    Given the submission says
      | source       | indirect   |
      | party        | <party>    |
      | attestations | <attested> |
    When the platform submits "security" with
      | <field> | … |
    Then the answer says
      | code | <answer> |

    Examples:
      | field               | party     | attested                                                                                          | answer               |
      | device-model        | partner   | written-requirement, subject-consent, subject-informed                                            | -                    |
      | device-model        | affiliate | written-requirement, subject-consent, subject-informed                                            | -                    |
      | device-model        | stranger  | written-requirement, subject-consent, subject-informed                                            | source-not-declared  |
      | device-model        | partner   | subject-consent, subject-informed                                                                 | attestation-required |
      | device-model        | partner   | written-requirement, subject-informed                                                             | attestation-required |
      | device-model        | partner   | written-requirement, subject-consent                                                              | attestation-required |
      | logged-transactions | partner   | written-requirement, subject-consent, subject-informed                                            | attestation-required |
      | logged-transactions | partner   | written-requirement, subject-consent, subject-informed, explicit-confirmation                     | attestation-required |
      | logged-transactions | partner   | written-requirement, subject-consent, subject-informed, source-legality                           | attestation-required |
      | logged-transactions | partner   | written-requirement, subject-consent, subject-informed, explicit-confirmation, source-legality    | -                    |

  @DM-COL-24
  Scenario Outline: A picture of the album serves <use>: <answer>
    Given the person has agreed to all that "album" asks for
    When the platform asks
      | kind    | use              |
      | purpose | album            |
      | fields  | uploaded-picture |
      | use     | <use>            |
    Then the answer says
      | code | <answer> |

    Examples:
      | use                  | answer           |
      | save-posters         | -                |
      | upload               | -                |
      | avatar               | -                |
      | comment              | -                |
      | post-update          | -                |
      | service-chat-picture | -                |
      | improvement          | use-not-declared |

  @DM-COL-25
  Scenario: A voice is taken while a voice chat is open
    Given the person has agreed to all that "voice-chat" asks for
    When the platform submits "voice-chat"
    Then it is admitted
    Given the submission says
      | declarations | permission.microphone |
    When the platform submits "voice-chat"
    Then it is refused with "declaration-required" under DM-COL-25 at "declarations"

  @DM-COL-26
  Scenario: Two kinds of calendar entries, and no other
    Given the person has agreed to all that "calendar" asks for
    When the platform submits "calendar" with
      | event-start | … |
      | sale-start  | … |
    Then it is admitted
    When the platform submits "calendar" and also
      | other-appointments | 复诊 |
    Then it is refused with "undeclared-field" under DM-COL-26 at "fields.other-appointments"

  @DM-RET-01
  Scenario: A delivery does not ask for a gender
    When the platform submits "ticket-delivery" and also
      | gender | 女 |
    Then it is refused with "undeclared-field" under DM-RET-01 at "fields.gender"

  @DM-COL-04
  Scenario: An account is opened under a notice that was shown
    Given the submission says
      | notice | - |
    When the platform submits "registration"
    Then it is refused with "notice-not-current" at "notice"
    And nothing is kept

  @DM-COL-04
  Scenario Outline: The mobile number of an account also serves <purpose>
    Given the platform submits "registration"
    When the platform asks whether "mobile-number" may be used for "<purpose>"
    Then the answer is yes

    Examples:
      | purpose         |
      | order           |
      | ticket-delivery |
      | security        |

  @DM-COL-09
  Scenario Outline: <document> is sensitive, the name beside it is not
    Given a person who has given explicit consent to "real-name"
    When the platform submits "real-name" with
      | legal-name | 小明 |
      | <document> | …    |
    Then it is admitted
    And its parts are
      | class    | sensitive  |
      | identity | <document> |

    Examples:
      | document               |
      | id-number              |
      | passport-number        |
      | hk-macao-permit-number |
      | taiwan-permit-number   |

  @DM-COL-09
  Scenario: A document without the name it stands for is not taken
    Given a person who has given explicit consent to "real-name"
    When the platform submits "real-name" without "legal-name"
    Then it is refused with "missing-field" at "fields.legal-name"

  @DM-COL-09
  Scenario: The real name also serves the order
    Given a person who has given explicit consent to "real-name"
    And the platform submits "real-name"
    When the platform asks whether "legal-name" may be used for "order"
    Then the answer is yes

  @DM-COL-10
  Scenario: A face is sensitive, and nothing else is taken for it
    Given a person who has given separate consent to "face-verification"
    When the platform submits "face-verification"
    Then it is admitted
    And its parts are
      | class | sensitive  |
      | face  | face-image |

  @DM-COL-10
  Scenario: Without a face there is nothing to check
    Given a person who has given separate consent to "face-verification"
    When the platform submits "face-verification" without "face-image"
    Then it is refused with "missing-field" at "fields.face-image"

  @DM-COL-21
  Scenario: Whoever helps sees the order that the case is about
    Given the platform submits "order"
    When the platform asks whether "order-number" may be used for "customer-service"
    Then it is refused with "matter-required" under DM-COL-21 at "matter"

  @DM-CES-01
  Scenario: When the service ends nothing more is collected
    Given it is 2026-06-29 09:00
    And the platform submits "registration"
    And the service ends on 2026-06-30
    When the platform submits "registration"
    Then it is admitted
    When the clock reaches 2026-06-30 00:01
    And the platform submits "registration"
    Then it is refused with "tenant-closed" under DM-CES-01
