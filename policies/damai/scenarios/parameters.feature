Feature: Every parameter, one by one
  What the other scenarios do not look at: each table says what is asked, and what must be answered.

  @DM-AUT-01
  Scenario: Group profiles: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose              | fields                                                       | person | answer |
      | page | personalized-display | observed-on, preferred-genre, group-profile, preference-tags | -      | yes    |

  @DM-COK-01 @DM-COK-02
  Scenario: Cookies and local storage: which trackers run
    Then the platform is answered
      | kind    | tracker       | purpose             | person | level | answer          | at      |
      | tracker | cookie        | experience          | -      |       | yes             |         |
      | tracker | flash-cookie  | site-operation      | -      |       | yes             |         |
      | tracker | local-storage | experience          | -      | none  | tracker-refused | tracker |
      | tracker | cookie        | content-of-interest | -      | none  | tracker-refused | tracker |
      | tracker | local-storage | site-operation      | -      |       | yes             |         |
      | tracker | flash-cookie  | content-of-interest | -      |       | yes             |         |

  @DM-COK-04
  Scenario: Tracked emails: which trackers run
    Then the platform is answered
      | kind    | tracker    | purpose | person | answer |
      | tracker | web-beacon | mailing | -      | yes    |

  @DM-COL-04
  Scenario: Account data: what is taken
    Then what the platform submits is answered
      | purpose          | source | held for     | answer   |
      | customer-service | reused | registration | admitted |

  @DM-COL-05
  Scenario: Log-in by another account: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose      | fields                | required              | person | answer |
      | page | social-login | social-public-profile | social-public-profile | -      | yes    |

  @DM-COL-05
  Scenario: Log-in by another account: what is taken
    Then what the platform submits is answered
      | purpose      | also          | source   | party | attestations | answer              | at     |
      | social-login |               |          |       |              | source-not-declared | source |
      | social-login | no-such-field | indirect | weibo | -            | no-consent          |        |

  @DM-COL-09
  Scenario: What a real-name check takes: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose   | fields                                                                               | required   | person | answer |
      | page | real-name | legal-name, id-number, passport-number, hk-macao-permit-number, taiwan-permit-number | legal-name | -      | yes    |

  @DM-COL-09
  Scenario: What a real-name check takes: what is taken
    Then what the platform submits is answered
      | purpose | source | held for  | answer   |
      | order   | reused | real-name | admitted |

  @DM-COL-11
  Scenario: Automatic logs and their aims: what may be collected and used
    Then the platform is answered
      | kind | purpose              | fields    | answer     |
      | use  | security             | favorites | yes        |
      | use  | personalized-display | favorites | no-consent |

  @DM-COL-11
  Scenario: Automatic logs and their aims: what is taken
    Then what the platform submits is answered
      | purpose          | source | answer              | at          |
      | display-and-logs | person | source-not-declared | source.kind |

  @DM-COL-12
  Scenario: Device data: what it counts as
    Then the platform is answered
      | kind  | fields             | person | answer | classified   |
      | field | device-model       | -      | yes    | not-personal |
      | field | device-settings    | -      | yes    | not-personal |
      | field | device-environment | -      | yes    | not-personal |

  @DM-COL-12 @DM-COL-15
  Scenario: Device data: what may be joined
    Given a member has agreed to all that "album" asks for
    Then the platform is answered
      | kind | purpose | fields     | person   | answer | basis   |
      | join | album   | os-version | a member | yes    | consent |

  @DM-COL-13
  Scenario: Location by permission: what it counts as
    Then the platform is answered
      | kind  | fields       | person | answer | classified |
      | field | gps-location | -      | yes    | sensitive  |

  @DM-COL-13
  Scenario: Location by permission: when the permission may be asked for, and how it stands
    Then the platform is answered
      | kind       | permission | person | answer | default | optional |
      | permission | location   | -      | yes    | off     | yes      |

  @DM-COL-14
  Scenario: Service log: what it counts as
    Then the platform is answered
      | kind  | fields             | person | answer | classified   |
      | field | telecom-operator   | -      | yes    | not-personal |
      | field | interface-language | -      | yes    | not-personal |

  @DM-COL-14 @DM-COL-12
  Scenario: Service log: what is taken
    Then what the platform submits is answered
      | purpose          | also                | answer   | sensitive           |
      | display-and-logs | logged-transactions | admitted | logged-transactions |

  @DM-COL-17
  Scenario: Payment belongs to an order: what it counts as
    Then the platform is answered
      | kind  | fields            | person | answer | classified |
      | field | payment-reference | -      | yes    | sensitive  |

  @DM-COL-17 @DM-CON-03
  Scenario: Payment belongs to an order: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose | fields                                                                                                                                        | required                                                      | person | answer |
      | page | order   | order-number, ordered-at, event-name, event-day, event-city, genre, seat, ticket-count, ticket-price, order-amount, sales-channel, legal-name | order-number, event-name, event-day, order-amount, legal-name | -      | yes    |
      | page | payment | payment-method, payment-reference, order-amount, equipment-id                                                                                 | payment-method, order-amount                                  | -      | yes    |

  @DM-COL-17 @DM-EXC-09
  Scenario: Payment belongs to an order: what may be collected and used
    Then the platform is answered
      | kind | purpose         | fields         | exception | evidence | answer                   | at               |
      | use  | payment         | payment-method | news      | report   | exception-not-applicable | exception.ground |
      | use  | invoice         | seat           |           |          | yes                      |                  |
      | use  | security        | seat           |           |          | yes                      |                  |
      | use  | ticket-delivery | seat           |           |          | yes                      |                  |

  @DM-COL-17
  Scenario: Payment belongs to an order: what is taken
    Then what the platform submits is answered
      | purpose          | fields                                                                                                                            | source | held for | answer   | sensitive                                                                                                                         |
      | order            | order-number, ordered-at, event-name, event-day, event-city, genre, seat, ticket-count, ticket-price, order-amount, sales-channel |        |          | admitted | event-city, event-day, event-name, genre, order-amount, order-number, ordered-at, sales-channel, seat, ticket-count, ticket-price |
      | customer-service |                                                                                                                                   | reused | order    | admitted |                                                                                                                                   |

  @DM-COL-18
  Scenario: Progress of a delivery: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose           | fields            | required          | person | answer |
      | page | delivery-progress | delivery-progress | delivery-progress | -      | yes    |

  @DM-COL-18
  Scenario: Progress of a delivery: what is taken
    Then what the platform submits is answered
      | purpose           | answer              | at     |
      | delivery-progress | source-not-declared | source |

  @DM-COL-20
  Scenario: Records of customer service: what may be collected and used
    Then the platform is answered
      | kind | purpose         | fields           | answer     |
      | use  | service-quality | membership-proof | no-consent |

  @DM-COL-21
  Scenario: Only the order in question: what it counts as
    Then the platform is answered
      | kind  | fields     | person | answer | classified |
      | field | case-order | -      | yes    | sensitive  |

  @DM-COL-22
  Scenario: Questionnaires: what is taken
    Then what the platform submits is answered
      | purpose         | exception | evidence | answer   | until      |
      | service-quality | news      | report   | admitted | 2027-03-03 |

  @DM-COL-24
  Scenario: Album: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose | fields                           | person | answer |
      | page | album   | uploaded-picture, uploaded-video | -      | yes    |

  @DM-COL-24
  Scenario: Album: when the permission may be asked for, and how it stands
    Then the platform is answered
      | kind       | permission | person | answer | default | optional |
      | permission | album      | -      | yes    | off     | yes      |

  @DM-COL-25
  Scenario: Microphone: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose    | fields | required | person | answer |
      | page | voice-chat | voice  | voice    | -      | yes    |

  @DM-COL-25
  Scenario: Microphone: when the permission may be asked for, and how it stands
    Then the platform is answered
      | kind       | permission | person | answer              | at     | default | optional |
      | permission | microphone | -      | moment-not-declared | moment | off     | yes      |

  @DM-COL-26
  Scenario: Calendar: when the permission may be asked for, and how it stands
    Then the platform is answered
      | kind       | permission | person | answer | default | optional |
      | permission | calendar   | -      | yes    | off     | yes      |

  @DM-COL-27
  Scenario: Sources are bound in writing: what is taken
    Then what the platform submits is answered
      | purpose  | source   | party     | attestations                                                                  | fields              | answer               | at                  |
      | security | indirect | affiliate | subject-consent, subject-informed, explicit-confirmation, source-legality     |                     | attestation-required | source.attestations |
      | security | indirect | affiliate | written-requirement, subject-consent, explicit-confirmation, source-legality  |                     | attestation-required | source.attestations |
      | security | indirect | affiliate | written-requirement, subject-informed, explicit-confirmation, source-legality |                     | attestation-required | source.attestations |
      | security | indirect | affiliate | written-requirement, subject-consent, subject-informed, source-legality       | logged-transactions | attestation-required | source.attestations |
      | security | indirect | affiliate | written-requirement, subject-consent, subject-informed, explicit-confirmation | logged-transactions | attestation-required | source.attestations |

  @DM-CON-03
  Scenario: Booking for somebody else: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose | fields                                                                   | person | answer |
      | page | order   | id-number, passport-number, hk-macao-permit-number, taiwan-permit-number | -      | yes    |

  @DM-CON-04
  Scenario: Handing over others' data: what is taken
    Then what the platform submits is answered
      | purpose         | other    | tells                           | answer        | at                                |
      | ticket-delivery | a friend | recipient-name, recipient-phone | missing-field | others.0.fields.recipient-address |
      | ticket-delivery | a friend | recipient-name                  | missing-field | others.0.fields.recipient-phone   |
      | ticket-delivery | a friend | recipient-phone                 | missing-field | others.0.fields.recipient-name    |

  @DM-DEF-05
  Scenario: Who is a child: what may be collected and used
    Given a child is born on 2014-05-01
    Then the platform is answered
      | kind | purpose | fields       | exception      | evidence                               | person  | answer |
      | use  | order   | order-number | other-law      | citation                               | a child | yes    |
      | use  | order   | order-number | vital-interest | vital-interest, consent-hard-to-obtain | a child | yes    |

  @DM-EXC-07
  Scenario: Needed for a contract: what may be collected and used
    Then the platform is answered
      | kind | purpose    | fields | exception | evidence | answer                     | at                 |
      | use  | voice-chat | voice  | contract  | -        | exception-evidence-missing | exception.evidence |

  @DM-EXC-10
  Scenario: Research: what may be collected and used
    Then the platform is answered
      | kind | purpose    | fields | exception | evidence                             | answer                     | at                 |
      | use  | voice-chat | voice  | research  | institute, public-interest           | exception-evidence-missing | exception.evidence |
      | use  | voice-chat | voice  | research  | institute, deidentified-output       | exception-evidence-missing | exception.evidence |
      | use  | voice-chat | voice  | research  | public-interest, deidentified-output | exception-evidence-missing | exception.evidence |

  @DM-SCP-01
  Scenario: Which products it covers: what may be collected and used
    Then the platform is answered
      | kind    | purpose      | product                 | fields       | answer              | at      |
      | collect | registration | product-with-own-policy | account-name | product-not-covered | product |

  @DM-SCP-03
  Scenario: Agree before first use: what is taken
    Then what the platform submits is answered
      | purpose      | notice | answer             | at     |
      | registration | -      | notice-not-current | notice |

  @DM-SEC-01
  Scenario: Security kit: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose  | fields                                                                                                                             | person | answer |
      | page | security | device-model, os-version, equipment-id, mac-address, device-environment, ip-address, accessed-at, logged-transactions, risk-rating | -      | yes    |

  @DM-SEC-01
  Scenario: Security kit: what is taken
    Then what the platform submits is answered
      | purpose  | answer   |
      | security | admitted |

  @DM-SEC-01
  Scenario: Security kit: what the kit itself is to have
    Then the platform is answered
      | kind | sdk                | fields                                                                                           | use      | person | answer |
      | sdk  | affiliate-security | device-model, os-version, equipment-id, mac-address, device-environment, ip-address, accessed-at | security | -      | yes    |

  @DM-SHR-07
  Scenario: A changed purpose is asked for again: who may get it
    Then the platform is answered
      | kind      | recipient         | purpose | use            | answer             | at      | under     |
      | recipient | logistics-company | order   |                | reconsent-required | purpose | DM-SHR-06 |
      | recipient | supplier          | order   | another-manner | yes                |         |           |
