Feature: Every parameter, one by one
  What the other scenarios do not look at: each table says what is asked, and what must be answered.

  @CI-COK-01
  Scenario: Cookies and local storage: which trackers run
    Then the platform is answered
      | kind    | tracker | purpose     | level | person | answer          | at      |
      | tracker | cookie  | habits      | none  | -      | tracker-refused | tracker |
      | tracker | cookie  | recognition | none  | -      | tracker-refused | tracker |

  @CI-COK-03
  Scenario: Beacons: what it counts as
    Then the platform is answered
      | kind  | fields              | person | answer | classified   |
      | field | page-url            | -      | yes    | not-personal |
      | field | referrer            | -      | yes    | not-personal |
      | field | dwell-time          | -      | yes    | not-personal |
      | field | display-settings    | -      | yes    | not-personal |
      | field | browser-environment | -      | yes    | not-personal |

  @CI-COK-03
  Scenario: Beacons: which trackers run
    Then the platform is answered
      | kind    | tracker | purpose       | level | person | answer          | at      |
      | tracker | cookie  | visitor-count | none  | -      | tracker-refused | tracker |

  @CI-COK-03
  Scenario: Beacons: what is taken
    Given a member has agreed to all that "site-statistics" asks for
    Then what the platform submits is answered
      | purpose         | source | person   | answer              | at          |
      | site-statistics | person | a member | source-not-declared | source.kind |

  @CI-COK-04
  Scenario: Tracked emails: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose          | fields       | required     | person | answer |
      | page | email-statistics | email-opened | email-opened | -      | yes    |

  @CI-COK-04
  Scenario: Tracked emails: what is taken
    Given a member has agreed to all that "email-statistics" asks for
    Then what the platform submits is answered
      | purpose          | source | person   | answer              | at          |
      | email-statistics | person | a member | source-not-declared | source.kind |

  @CI-COL-01
  Scenario: Account data: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose      | fields                                                                | required            | person | answer |
      | page | registration | name, landline, mobile-number, email, id-card-number, passport-number | name, mobile-number | -      | yes    |

  @CI-COL-01
  Scenario: Account data: what may be collected and used
    Then the platform is answered
      | kind | purpose                | fields         | answer |
      | use  | customer-service       | id-card-number | yes    |
      | use  | supply-demand-exchange | id-card-number | yes    |

  @CI-COL-02
  Scenario: Data of an enterprise: what it counts as
    Then the platform is answered
      | kind  | fields                        | person | answer | classified   |
      | field | enterprise-phone              | -      | yes    | not-personal |
      | field | enterprise-email              | -      | yes    | not-personal |
      | field | enterprise-address            | -      | yes    | not-personal |
      | field | enterprise-website            | -      | yes    | not-personal |
      | field | legal-representative-identity | -      | yes    | sensitive    |

  @CI-COL-02
  Scenario: Data of an enterprise: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose                 | fields                                                                                                                                                              | required                               | person | answer |
      | page | enterprise-registration | credit-code, legal-representative-name, legal-representative-identity, enterprise-address, enterprise-phone, enterprise-website, enterprise-email, account-password | credit-code, legal-representative-name | -      | yes    |

  @CI-COL-02
  Scenario: Data of an enterprise: what may be collected and used
    Then the platform is answered
      | kind | purpose                | fields      | answer |
      | use  | customer-service       | credit-code | yes    |
      | use  | supply-demand-exchange | credit-code | yes    |

  @CI-COL-03
  Scenario: Feedback: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose  | fields                      | required      | person | answer |
      | page | feedback | feedback-text, contact-info | feedback-text | -      | yes    |

  @CI-COL-04 @CI-COL-08
  Scenario: What use leaves behind: what may be joined
    Then the platform is answered
      | kind | purpose | fields           | answer      | at     | treatment  |
      | join | push    | browsing-history | joined-data | fields | deidentify |

  @CI-COL-04
  Scenario: What use leaves behind: what is taken
    Given a member has agreed to all that "use-of-functions" asks for
    Then what the platform submits is answered
      | purpose          | channel | source | person   | answer              | at          |
      | use-of-functions | website | person | a member | source-not-declared | source.kind |

  @CI-COL-05
  Scenario: Device data: what a set without people may serve
    Then the platform is answered
      | kind    | use                     | state     | evidence               | fields          | person | answer                    | at                     |
      | dataset | whole-database-analysis | anonymous | method, reviewer, date | imei            | -      | deidentification-unproven | fields.imei            |
      | dataset | whole-database-analysis | anonymous | method, reviewer, date | mac-address     | -      | deidentification-unproven | fields.mac-address     |
      | dataset | whole-database-analysis | anonymous | method, reviewer, date | equipment-id    | -      | deidentification-unproven | fields.equipment-id    |
      | dataset | whole-database-analysis | anonymous | method, reviewer, date | hardware-serial | -      | deidentification-unproven | fields.hardware-serial |

  @CI-COL-05
  Scenario: Device data: what it counts as
    Then the platform is answered
      | kind  | fields               | person | answer | classified   |
      | field | carrier              | -      | yes    | not-personal |
      | field | device-mobile-number | -      | yes    | sensitive    |

  @CI-COL-05 @CI-COL-08 @CI-PRM-07
  Scenario: Device data: what may be joined
    Given a member has agreed to all that "contact-by-mail" asks for
    Then the platform is answered
      | kind | purpose         | fields       | person   | answer | basis   |
      | join | contact-by-mail | device-model | a member | yes    | consent |

  @CI-COL-05
  Scenario: Device data: when the permission may be asked for, and how it stands
    Then the platform is answered
      | kind       | permission | person | answer | default | optional |
      | permission | phone      | -      | yes    | off     | yes      |

  @CI-COL-06
  Scenario: Location by permission: when the permission may be asked for, and how it stands
    Then the platform is answered
      | kind       | permission | person | answer | default | optional |
      | permission | location   | -      | yes    | off     | yes      |

  @CI-COL-07
  Scenario: Service log: what it counts as
    Then the platform is answered
      | kind  | fields             | person | answer | classified   |
      | field | language           | -      | yes    | not-personal |
      | field | ip-address         | -      | yes    | not-personal |
      | field | pages-visited      | -      | yes    | not-personal |
      | field | search-and-inquiry | -      | yes    | not-personal |

  @CI-COL-09
  Scenario: Records of customer service: what may be collected and used
    Then the platform is answered
      | kind | purpose          | use              | fields | answer |
      | use  | customer-service | customer-service | email  | yes    |

  @CI-COL-10
  Scenario: Personal recommendations: what is taken
    Given a member has agreed to all that "personalization" asks for
    Then what the platform submits is answered
      | purpose         | source | person   | answer              | at          |
      | personalization | person | a member | source-not-declared | source.kind |

  @CI-COL-11
  Scenario: Logs for recommendations: what it counts as
    Then the platform is answered
      | kind  | fields          | person | answer | classified   |
      | field | pages-requested | -      | yes    | not-personal |

  @CI-COL-13
  Scenario: Precise location: what it counts as
    Then the platform is answered
      | kind  | fields        | person | answer | classified |
      | field | wifi-position | -      | yes    | sensitive  |

  @CI-COL-14
  Scenario: Real name for messages: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose           | fields                                                   | required                | person | answer |
      | page | inquiry-real-name | real-name, id-card-number, passport-number, contact-info | real-name, contact-info | -      | yes    |

  @CI-COL-17
  Scenario: Data from third parties: what may be collected and used
    Then the platform is answered
      | kind | purpose         | use             | fields | answer |
      | use  | personnel-entry | personnel-entry | name   | yes    |

  @CI-COL-17
  Scenario: Data from third parties: what is taken
    Given a member has agreed to all that "further-use" asks for
    Then what the platform submits is answered
      | purpose     | source   | party              | attestations                                               | person   | answer               | at                  |
      | further-use | indirect | trading-group      | source-lawful, liability-accepted                          | a member | attestation-required | source.attestations |
      | further-use | indirect | trading-group      | authorization-confirmed, source-lawful                     | a member | attestation-required | source.attestations |
      | further-use | indirect | trading-group      | authorization-confirmed, liability-accepted                | a member | attestation-required | source.attestations |
      | further-use | indirect | delegation         | authorization-confirmed, source-lawful, liability-accepted | a member | admitted             |                     |
      | further-use | indirect | media-organization | authorization-confirmed, source-lawful, liability-accepted | a member | admitted             |                     |

  @CI-COL-23
  Scenario: Stable operation: what it counts as
    Then the platform is answered
      | kind  | fields     | person | answer | classified   |
      | field | crash-data | -      | yes    | not-personal |

  @CI-COL-23
  Scenario: Stable operation: what is taken
    Given a member has agreed to all that "stability" asks for
    Then what the platform submits is answered
      | purpose   | source | person   | answer              | at          |
      | stability | person | a member | source-not-declared | source.kind |

  @CI-DEF-04
  Scenario: What is sensitive: what it counts as
    Given a buyer is born on 2011-03-02
    Then the platform is answered
      | kind  | fields | person  | answer | classified |
      | field | name   | a buyer | yes    | personal   |

  @CI-EXC-01
  Scenario: National security: what may be collected and used
    Then the platform is answered
      | kind | purpose | fields | exception         | evidence | answer                     | at                 |
      | use  | survey  | name   | national-security | -        | exception-evidence-missing | exception.evidence |

  @CI-EXC-02
  Scenario: Public safety and health: what may be collected and used
    Then the platform is answered
      | kind | purpose | fields | exception     | evidence       | answer                     | at                 |
      | use  | survey  | name   | public-safety | order          | exception-evidence-missing | exception.evidence |
      | use  | survey  | name   | public-safety | order-in-force | exception-evidence-missing | exception.evidence |

  @CI-EXC-03
  Scenario: Justice and enforcement: what may be collected and used
    Then the platform is answered
      | kind | purpose | fields | exception | evidence | answer                     | at                 |
      | use  | survey  | name   | justice   | -        | exception-evidence-missing | exception.evidence |

  @CI-EXC-04
  Scenario: Life and property: what may be collected and used
    Then the platform is answered
      | kind | purpose | fields | exception      | evidence             | answer                     | at                 |
      | use  | survey  | name   | vital-interest | consent-not-in-time  | exception-evidence-missing | exception.evidence |
      | use  | survey  | name   | vital-interest | significant-interest | exception-evidence-missing | exception.evidence |

  @CI-EXC-05
  Scenario: Made public by the person: what may be collected and used
    Then the platform is answered
      | kind | purpose | fields | exception      | evidence | answer                     | at                 |
      | use  | survey  | name   | self-published | -        | exception-evidence-missing | exception.evidence |

  @CI-EXC-06
  Scenario: Public sources: what may be collected and used
    Then the platform is answered
      | kind | purpose | fields | exception     | evidence | answer                     | at                 |
      | use  | survey  | name   | public-source | -        | exception-evidence-missing | exception.evidence |

  @CI-EXC-08
  Scenario: Safe operation: what may be collected and used
    Then the platform is answered
      | kind | purpose | fields | exception      | evidence | answer                     | at                 |
      | use  | survey  | name   | safe-operation | -        | exception-evidence-missing | exception.evidence |

  @CI-EXC-09 @CI-COL-20 @CI-COL-06
  Scenario: News reporting: what may be collected and used
    Then the platform is answered
      | kind | purpose     | fields        | exception | evidence | answer                     | at                 |
      | use  | further-use | mobile-number | news      | -        | exception-evidence-missing | exception.evidence |
      | use  | navigation  | gps-position  | news      | report   | exception-not-applicable   | exception.ground   |

  @CI-EXC-10
  Scenario: Research: what may be collected and used
    Then the platform is answered
      | kind | purpose | fields | exception | evidence                                     | answer                     | at                 |
      | use  | survey  | name   | research  | institute, public-interest                   | exception-evidence-missing | exception.evidence |
      | use  | survey  | name   | research  | institute, deidentified-on-publication       | exception-evidence-missing | exception.evidence |
      | use  | survey  | name   | research  | public-interest, deidentified-on-publication | exception-evidence-missing | exception.evidence |

  @CI-EXC-11
  Scenario: Other law: what may be collected and used
    Then the platform is answered
      | kind | purpose | fields | exception | evidence | answer                     | at                 |
      | use  | survey  | name   | other-law | -        | exception-evidence-missing | exception.evidence |

  @CI-MIN-02 @CI-USE-07
  Scenario: Children are not asked: what may be sent
    Given a child is born on 2014-05-01
    Then the platform is answered
      | kind    | message           | channel | person  | answer              | at      |
      | message | survey-invitation | email   | a child | invitation-to-child | message |

  @CI-PRM-01
  Scenario: Terminal data: what a set without people may serve
    Then the platform is answered
      | kind    | use                     | state     | evidence               | fields        | person | answer                    | at                   |
      | dataset | whole-database-analysis | anonymous | method, reviewer, date | imsi          | -      | deidentification-unproven | fields.imsi          |
      | dataset | whole-database-analysis | anonymous | method, reviewer, date | terminal-id   | -      | deidentification-unproven | fields.terminal-id   |
      | dataset | whole-database-analysis | anonymous | method, reviewer, date | terminal-imei | -      | deidentification-unproven | fields.terminal-imei |

  @CI-PRM-02
  Scenario: Pictures and storage: when the permission may be asked for, and how it stands
    Then the platform is answered
      | kind       | permission | person | answer | default | optional |
      | permission | storage    | -      | yes    | off     | no       |
      | permission | pictures   | -      | yes    | off     | no       |
      | permission | multimedia | -      | yes    | off     | no       |

  @CI-PRM-03
  Scenario: Microphone: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose         | fields | required | person | answer |
      | page | voice-functions | voice  | voice    | -      | yes    |

  @CI-PRM-03
  Scenario: Microphone: when the permission may be asked for, and how it stands
    Then the platform is answered
      | kind       | permission | person | answer              | at     | default | optional |
      | permission | microphone | -      | moment-not-declared | moment | off     | yes      |

  @CI-PRM-04
  Scenario: Positioning and navigation: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose    | fields       | required     | person | answer |
      | page | navigation | gps-position | gps-position | -      | yes    |

  @CI-PRM-05
  Scenario: Venue network: when the permission may be asked for, and how it stands
    Then the platform is answered
      | kind       | permission        | person | answer              | at     | default | optional |
      | permission | mobile-network    | -      | moment-not-declared | moment | off     | yes      |
      | permission | wifi-connection   | -      | moment-not-declared | moment | off     | yes      |
      | permission | connection-change | -      | moment-not-declared | moment | off     | yes      |

  @CI-PRM-06
  Scenario: Camera: when the permission may be asked for, and how it stands
    Then the platform is answered
      | kind       | permission | purpose            | person | answer              | at     | default | optional |
      | permission | camera     | face-and-real-name | -      | moment-not-declared | moment | off     | yes      |

  @CI-PRM-06
  Scenario: Camera: what is taken
    Given a member has agreed to all that "face-and-real-name" asks for
    Then what the platform submits is answered
      | purpose            | fields                                        | person   | answer   | sensitive                                     |
      | face-and-real-name | face-image, identity-document, id-card-number | a member | admitted | face-image, id-card-number, identity-document |

  @CI-PRM-07
  Scenario: Calls, mail and text messages: what it counts as
    Then the platform is answered
      | kind  | fields        | person | answer | classified |
      | field | contact-entry | -      | yes    | sensitive  |

  @CI-PRM-07
  Scenario: Calls, mail and text messages: when the permission may be asked for, and how it stands
    Then the platform is answered
      | kind       | permission     | person | answer              | at     | default | optional |
      | permission | call           | -      | moment-not-declared | moment | off     | yes      |
      | permission | contacts       | -      | moment-not-declared | moment | off     | yes      |
      | permission | app-list       | -      | moment-not-declared | moment | off     | yes      |
      | permission | messages       | -      | moment-not-declared | moment | off     | yes      |
      | permission | start-mail-app | -      | moment-not-declared | moment | off     | yes      |

  @CI-PRM-09
  Scenario: Upgrade inside the app: when the permission may be asked for, and how it stands
    Then the platform is answered
      | kind       | permission    | person | answer              | at     | default | optional |
      | permission | install-files | -      | moment-not-declared | moment | off     | yes      |

  @CI-TER-02
  Scenario: Users abroad: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose                  | fields                                                | required            | person | answer |
      | page | registration-from-abroad | name, landline, mobile-number, email, passport-number | name, mobile-number | -      | yes    |

  @CI-TER-02
  Scenario: Users abroad: what is taken
    Given a member has agreed to all that "customer-service" asks for
    Then what the platform submits is answered
      | purpose                | source | held for                 | person   | answer        | at     |
      | customer-service       | reused | registration-from-abroad | a member | admitted      |        |
      | supply-demand-exchange | reused | registration-from-abroad | a member | missing-field | fields |

  @CI-USE-01
  Scenario: Security uses: what may be collected and used
    Then the platform is answered
      | kind | purpose           | use              | fields | answer |
      | use  | terminal-security | customer-service | imsi   | yes    |
      | use  | terminal-security | fraud-monitoring | imsi   | yes    |

  @CI-USE-02
  Scenario: Better services: what may be collected and used
    Then the platform is answered
      | kind | purpose          | use                 | fields        | answer     |
      | use  | survey           | service-improvement | age           | no-consent |
      | use  | use-of-functions | service-improvement | imei          | yes        |
      | use  | feedback         | service-improvement | feedback-text | yes        |

  @CI-USE-08
  Scenario: De-identified data: what a set without people may serve
    Then the platform is answered
      | kind    | use      | state     | evidence         | person | answer                    | at       |
      | dataset | research | anonymous | method, date     | -      | deidentification-unproven | evidence |
      | dataset | research | anonymous | reviewer, date   | -      | deidentification-unproven | evidence |
      | dataset | research | anonymous | method, reviewer | -      | deidentification-unproven | evidence |
