Feature: Every parameter, one by one
  What the other scenarios do not look at: each table says what is asked, and what must be answered.

  @XP-COK-01
  Scenario: What cookies tell: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose            | fields                      | person | answer |
      | page | preference-cookies | usage-habit, preference, ip | -      | yes    |

  @XP-COK-01 @XP-COK-02
  Scenario: What cookies tell: which trackers run
    Then the platform is answered
      | kind    | tracker | purpose | fields      | person | level | answer          | at      |
      | tracker | cookie  | habits  | ip          | -      |       | yes             |         |
      | tracker | cookie  | habits  |             | -      | none  | tracker-refused | tracker |
      | tracker | cookie  | habits  | preference  | -      |       | yes             |         |
      | tracker | cookie  | habits  | usage-habit | -      |       | yes             |         |

  @XP-COK-01
  Scenario: What cookies tell: what may be collected and used
    Given a member has agreed to all that "preference-cookies" asks for
    Then the platform is answered
      | kind | purpose            | fields | person   | answer |
      | use  | preference-cookies | ip     | a member | yes    |

  @XP-COL-02 @XP-CON-03
  Scenario: Data for the account: what is taken
    Given a member has agreed to all that "after-sales" asks for
    And a member has agreed to all that "notice" asks for
    And a member has agreed to all that "marketing-contact" asks for
    Then what the platform submits is answered
      | purpose           | source | held for | person   | answer   |
      | after-sales       | reused | account  | a member | admitted |
      | notice            | reused | account  | a member | admitted |
      | marketing-contact | reused | account  | a member | admitted |

  @XP-COL-05
  Scenario: Device features by permission: what a set without people may serve
    Then the platform is answered
      | kind    | use   | state     | evidence                                                                  | fields                   | person | answer                    | at                              |
      | dataset | share | anonymous | deidentified, not-restorable, not-re-identifiable, method, reviewer, date | unique-device-identifier | -      | deidentification-unproven | fields.unique-device-identifier |

  @XP-COL-07
  Scenario: Six identifiers: what a set without people may serve
    Then the platform is answered
      | kind    | use   | state     | evidence                                                                  | fields     | person | answer                    | at                |
      | dataset | share | anonymous | deidentified, not-restorable, not-re-identifiable, method, reviewer, date | mac        | -      | deidentification-unproven | fields.mac        |
      | dataset | share | anonymous | deidentified, not-restorable, not-re-identifiable, method, reviewer, date | imei       | -      | deidentification-unproven | fields.imei       |
      | dataset | share | anonymous | deidentified, not-restorable, not-re-identifiable, method, reviewer, date | idfa       | -      | deidentification-unproven | fields.idfa       |
      | dataset | share | anonymous | deidentified, not-restorable, not-re-identifiable, method, reviewer, date | imsi       | -      | deidentification-unproven | fields.imsi       |
      | dataset | share | anonymous | deidentified, not-restorable, not-re-identifiable, method, reviewer, date | oaid       | -      | deidentification-unproven | fields.oaid       |
      | dataset | share | anonymous | deidentified, not-restorable, not-re-identifiable, method, reviewer, date | android-id | -      | deidentification-unproven | fields.android-id |

  @XP-COL-07
  Scenario: Six identifiers: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose | fields                                                                                                                                   | person | answer |
      | page | device  | device-model, os-version, device-settings, unique-device-identifier, hardware-software-features, imei, idfa, imsi, android-id, mac, oaid | -      | yes    |

  @XP-COL-08
  Scenario: The list of installed apps: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose     | fields             | required           | person | answer |
      | page | timely-push | installed-app-list | installed-app-list | -      | yes    |

  @XP-COL-08
  Scenario: The list of installed apps: what may be collected and used
    Given a member has agreed to all that "timely-push" asks for
    Then the platform is answered
      | kind | purpose     | use             | fields             | person   | answer     |
      | use  | timely-push | link-adjustment | installed-app-list | a member | yes        |
      | use  | timely-push | process-revival | installed-app-list |          | no-consent |
      | use  | timely-push | timely-delivery | installed-app-list |          | no-consent |

  @XP-COL-09
  Scenario: What a log holds: what a set without people may serve
    Then the platform is answered
      | kind    | use   | state     | evidence                                                                  | fields | person | answer                    | at        |
      | dataset | share | anonymous | deidentified, not-restorable, not-re-identifiable, method, reviewer, date | ip     | -      | deidentification-unproven | fields.ip |

  @XP-COL-09
  Scenario: What a log holds: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose   | fields                                                         | required    | person | answer |
      | page | usage-log | search-query, ip, carrier, language, access-time, page-visited | access-time | -      | yes    |

  @XP-COL-09
  Scenario: What a log holds: what is taken
    Given a member has agreed to all that "usage-log" asks for
    Then what the platform submits is answered
      | purpose   | also          | person   | answer   |
      | usage-log | no-such-field | a member | admitted |

  @XP-COL-11
  Scenario: Starts and errors: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose     | fields                         | person | answer |
      | page | performance | app-launch-data, exception-log | -      | yes    |

  @XP-COL-11
  Scenario: Starts and errors: what may be collected and used
    Then the platform is answered
      | kind | purpose     | use             | fields        | answer     |
      | use  | performance | user-experience | exception-log | no-consent |

  @XP-CON-01
  Scenario: Consent first: what the SDK may have
    Given a member has agreed to all that "statistics" asks for
    Then the platform is answered
      | kind | sdk    | person   | answer |
      | sdk  | dcloud | a member | yes    |

  @XP-CON-01 @XP-COL-11
  Scenario: Consent first: what may be collected and used
    Given a member has agreed to all that "performance" asks for
    And a member has agreed to all that "service-function" asks for
    Then the platform is answered
      | kind    | purpose          | use         | fields        | person   | answer |
      | use     | performance      | performance | exception-log | a member | yes    |
      | collect | service-function |             | -             | a member | yes    |

  @XP-CON-01 @XP-COL-09
  Scenario: Consent first: what is taken
    Given a member has agreed to all that "usage-log" asks for
    Then what the platform submits is answered
      | purpose   | source    | person   | answer   |
      | usage-log | automatic | a member | admitted |

  @XP-CON-02
  Scenario: No business with it: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose        | fields                        | person | answer |
      | page | commercial-use | usage-behavior, mobile-number | -      | yes    |

  @XP-CON-02
  Scenario: No business with it: what may be collected and used
    Then the platform is answered
      | kind | purpose        | fields        | answer     |
      | use  | commercial-use | mobile-number | no-consent |

  @XP-CON-03
  Scenario: Use counts as agreement: what may be collected and used
    Given a member has agreed to all that "push" asks for
    And a member has given explicit consent to "push"
    Then the platform is answered
      | kind | purpose | fields                | person   | answer |
      | use  | push    | location-related-info | a member | yes    |

  @XP-CON-06
  Scenario: Being contacted: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose           | fields        | required      | person | answer |
      | page | marketing-contact | mobile-number | mobile-number | -      | yes    |

  @XP-CON-07
  Scenario: Third parties in the app: what the SDK may have
    Given a member has agreed to all that "page-rendering" asks for
    Then the platform is answered
      | kind | sdk              | person   | answer     |
      | sdk  | alipay           |          | no-consent |
      | sdk  | tencent-browsing | a member | yes        |

  @XP-PRM-02 @XP-PRM-07
  Scenario: Off until turned on: what may be collected and used
    Given a member has agreed to all that "nearby-recommendation" asks for
    And a member has agreed to all that "device" asks for
    And a member has agreed to all that "upload" asks for
    Then the platform is answered
      | kind    | purpose               | moment | fields | person   | answer |
      | collect | nearby-recommendation | in-use | gps    | a member | yes    |
      | use     | device                |        | mac    | a member | yes    |
      | use     | upload                |        | shot   | a member | yes    |

  @XP-PRM-03 @XP-PRM-07 @XP-PRM-02
  Scenario: A permission is no collection: when the permission may be asked for, and how it stands
    Then the platform is answered
      | kind       | permission | purpose               | moment     | person | answer | default |
      | permission | location   | push                  | in-use     | -      | yes    | off     |
      | permission | location   | nearby-recommendation | signing-in | -      | yes    |         |

  @XP-PRM-04
  Scenario: Only what is needed: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose | fields               | person | answer |
      | page | upload  | shot, picture, video | -      | yes    |

  @XP-PRM-05
  Scenario: When the phone state is asked for: what may be sent
    Then the platform is answered
      | kind    | message           | answer     |
      | message | platform-notice   | no-consent |
      | message | verification-code | no-consent |

  @XP-PRM-05
  Scenario: When the phone state is asked for: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose     | fields        | required      | person | answer |
      | page | notice      | mobile-number | mobile-number | -      | yes    |
      | page | after-sales | mobile-number | mobile-number | -      | yes    |

  @XP-PRM-05
  Scenario: When the phone state is asked for: when the permission may be asked for, and how it stands
    Then the platform is answered
      | kind       | permission  | purpose    | moment           | person | answer              | default | at     |
      | permission | phone-state | push       | signing-in       | -      | yes                 | off     |        |
      | permission | phone-state | notice     | registering      | -      | yes                 |         |        |
      | permission | phone-state | device     | after-sales-open | -      | yes                 |         |        |
      | permission | phone-state | statistics |                  | -      | moment-not-declared |         | moment |

  @XP-PRM-07
  Scenario: When location is asked for: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose               | fields                                               | person | answer |
      | page | nearby-recommendation | gps, ip, wifi-access-points, bluetooth, base-station | -      | yes    |

  @XP-PRM-07
  Scenario: When location is asked for: what may be collected and used
    Then the platform is answered
      | kind    | purpose               | moment     | fields | answer              | at     |
      | collect | nearby-recommendation | signing-in | ip     | policy-not-accepted | notice |

  @XP-PRM-09
  Scenario: When camera and album are asked for: when the permission may be asked for, and how it stands
    Then the platform is answered
      | kind       | permission | person | answer              | at     | default |
      | permission | album      | -      | moment-not-declared | moment | off     |
      | permission | camera     | -      | moment-not-declared | moment | off     |

  @XP-PRM-11
  Scenario: When storage is asked for: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose             | fields | required | person | answer |
      | page | stability-and-cache | cache  | cache    | -      | yes    |

  @XP-PRM-11
  Scenario: When storage is asked for: when the permission may be asked for, and how it stands
    Then the platform is answered
      | kind       | permission             | moment     | person | answer | default |
      | permission | write-external-storage | in-use     | -      | yes    | off     |
      | permission | write-external-storage | installing | -      | yes    |         |

  @XP-PRM-11
  Scenario: When storage is asked for: what may be collected and used
    Then the platform is answered
      | kind    | purpose             | use       | fields | moment | answer              | at     |
      | use     | stability-and-cache | stability | cache  |        | no-consent          |        |
      | collect | stability-and-cache |           | cache  | in-use | policy-not-accepted | notice |

  @XP-PRM-11 @XP-PRM-02
  Scenario: When storage is asked for: what is taken
    Given a member has agreed to all that "stability-and-cache" asks for
    Then what the platform submits is answered
      | purpose             | use     | person   | answer   |
      | stability-and-cache | caching | a member | admitted |

  @XP-TRF-04
  Scenario: A holder that is not bound asks again: who may get it
    Then the platform is answered
      | kind      | recipient | use                    | evidence    | answer |
      | recipient | successor | merger                 | undertaking | yes    |
      | recipient | successor | acquisition            | undertaking | yes    |
      | recipient | successor | bankruptcy-liquidation | undertaking | yes    |

  @XP-WDR-01
  Scenario: No more messages: what may be sent
    Given another person refuses "marketing-contact"
    Then the platform is answered
      | kind    | message      | person         | answer            | at      |
      | message | product-news | another person | marketing-refused | message |
