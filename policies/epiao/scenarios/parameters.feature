Feature: Every parameter, one by one
  What the other scenarios do not look at: each table says what is asked, and what must be answered.

  @EP-COK-02
  Scenario: Four techniques: which trackers run
    Then the platform is answered
      | kind    | tracker | purpose | level | person | answer          | at      |
      | tracker | cookie  | comfort | none  | -      | tracker-refused | tracker |

  @EP-COK-03
  Scenario: What ETags are for: what a set without people may serve
    Then the platform is answered
      | kind    | use      | state     | evidence                                                    | fields               | person | answer                    | at                          |
      | dataset | research | anonymous | not-re-identifiable, not-restorable, method, reviewer, date | etag-identity-marker | -      | deidentification-unproven | fields.etag-identity-marker |

  @EP-COK-03
  Scenario: What ETags are for: which trackers run
    Then the platform is answered
      | kind    | tracker | purpose        | level | person | answer          | at      |
      | tracker | etag    | load-reduction | none  | -      | tracker-refused | tracker |

  @EP-COL-01
  Scenario: Which products it covers: what may be collected and used
    Then the platform is answered
      | kind    | purpose | product                 | fields | answer              | at      |
      | collect | browse  | product-with-own-policy | -      | product-not-covered | product |

  @EP-COL-07
  Scenario: Becoming a member: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose    | fields                            | required                          | person | answer |
      | page | membership | mobile-number, username, password | mobile-number, username, password | -      | yes    |

  @EP-COL-07
  Scenario: Becoming a member: what may be collected and used
    Then the platform is answered
      | kind | purpose           | fields   | answer     |
      | use  | service-notice    | username | yes        |
      | use  | promotion-notice  | username | no-consent |
      | use  | verify-membership | username | yes        |

  @EP-COL-07
  Scenario: Becoming a member: what is taken
    Given a member has agreed to all that "customer-service" asks for
    Then what the platform submits is answered
      | purpose          | source | held for   | person   | answer   |
      | customer-service | reused | membership | a member | admitted |

  @EP-COL-09
  Scenario: Why use is recorded: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose  | fields                                                 | person | answer |
      | page | page-fit | browse-record, search-record, device-info, service-log | -      | yes    |

  @EP-COL-11
  Scenario: What a log holds: what a set without people may serve
    Then the platform is answered
      | kind    | use      | state     | evidence                                                    | fields | person | answer                    | at         |
      | dataset | research | anonymous | not-re-identifiable, not-restorable, method, reviewer, date | ip     | -      | deidentification-unproven | fields.ip  |
      | dataset | research | anonymous | not-re-identifiable, not-restorable, method, reviewer, date | mac    | -      | deidentification-unproven | fields.mac |

  @EP-COL-11
  Scenario: What a log holds: what it counts as
    Then the platform is answered
      | kind  | fields      | person | answer | classified   |
      | field | access-time | -      | yes    | not-personal |

  @EP-COL-11 @EP-CON-03
  Scenario: What a log holds: what may be joined
    Given a member has agreed to all that "membership" asks for
    Then the platform is answered
      | kind | purpose    | fields | person   | answer | basis   |
      | join | membership | ip     | a member | yes    | consent |

  @EP-COL-11
  Scenario: What a log holds: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose     | fields                                                              | required    | person | answer |
      | page | service-log | ip, mac, app-list, browser-type, carrier, access-time, page-visited | access-time | -      | yes    |

  @EP-COL-14
  Scenario: The list of one's orders: what it counts as
    Then the platform is answered
      | kind  | fields     | person | answer | classified |
      | field | order-info | -      | yes    | sensitive  |

  @EP-COL-14
  Scenario: The list of one's orders: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose    | fields     | required   | person | answer |
      | page | order-view | order-info | order-info | -      | yes    |

  @EP-COL-16
  Scenario: What an order asks of the buyer: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose  | fields                                                                                                                | required      | person | answer |
      | page | ordering | mobile-number, item, order-number, order-created-at, amount-due, film-title, showing-time, venue, ticket-count, goods | mobile-number | -      | yes    |

  @EP-COL-19
  Scenario: How far a payment has come: what it counts as
    Then the platform is answered
      | kind  | fields           | person | answer | classified |
      | field | payment-progress | -      | yes    | sensitive  |

  @EP-COL-19
  Scenario: How far a payment has come: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose        | fields           | required         | person | answer |
      | page | payment-status | payment-progress | payment-progress | -      | yes    |

  @EP-COL-19
  Scenario: How far a payment has come: what is taken
    Given a member has agreed to all that "payment-status" asks for
    Then what the platform submits is answered
      | purpose        | also          | source   | party        | attestations | person   | answer   |
      | payment-status | no-such-field | indirect | counterparty | -            | a member | admitted |

  @EP-COL-20
  Scenario: Joining an activity: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose  | fields              | required            | person | answer |
      | page | activity | activity-submission | activity-submission | -      | yes    |

  @EP-COL-20
  Scenario: Joining an activity: what is taken
    Then what the platform submits is answered
      | purpose  | exception | evidence  | answer                   | at               |
      | activity | contract  | agreement | exception-not-applicable | exception.ground |

  @EP-COL-21
  Scenario: Sending a prize: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose        | fields                                          | required                                        | person | answer |
      | page | prize-delivery | recipient-name, contact-phone, delivery-address | recipient-name, contact-phone, delivery-address | -      | yes    |

  @EP-COL-23
  Scenario: Kinds of message: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose          | fields        | required      | person | answer |
      | page | service-notice   | mobile-number | mobile-number | -      | yes    |
      | page | promotion-notice | mobile-number | mobile-number | -      | yes    |

  @EP-COL-25
  Scenario: Positioning without network: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose             | fields           | required         | person | answer |
      | page | offline-positioning | positioning-data | positioning-data | -      | yes    |

  @EP-COL-26
  Scenario: Cache of the cinema map: what it counts as
    Then the platform is answered
      | kind  | fields    | person | answer | classified   |
      | field | map-cache | -      | yes    | not-personal |

  @EP-COL-26
  Scenario: Cache of the cinema map: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose    | fields    | required  | person | answer |
      | page | cinema-map | map-cache | map-cache | -      | yes    |

  @EP-COL-27
  Scenario: Picture for the avatar only: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose | fields       | required     | person | answer |
      | page | avatar  | avatar-image | avatar-image | -      | yes    |

  @EP-COL-28
  Scenario: Position for distances only: what the page may ask for, and what it may insist on
    Then the platform is answered
      | kind | purpose        | fields           | required         | person | answer |
      | page | nearby-cinemas | current-location | current-location | -      | yes    |

  @EP-COL-30
  Scenario: Asking third parties: what is taken
    Then what the platform submits is answered
      | purpose        | exception | evidence  | answer              | at     |
      | payment-status | contract  | agreement | source-not-declared | source |

  @EP-CON-08
  Scenario: No other use of what is held: what may be collected and used
    Then the platform is answered
      | kind | purpose           | fields | answer |
      | use  | verify-membership | item   | yes    |

  @EP-CON-08
  Scenario: No other use of what is held: what is taken
    Given a member has agreed to all that "customer-service" asks for
    Then what the platform submits is answered
      | purpose          | source | held for | person   | answer   |
      | customer-service | reused | ordering | a member | admitted |

  @EP-PRM-01
  Scenario: Field by permission: when the permission may be asked for, and how it stands
    Then the platform is answered
      | kind       | permission         | purpose | person | answer | default |
      | permission | device-information | device  | -      | yes    | off     |
      | permission | installed-apps     |         | -      | yes    | off     |

  @EP-PRM-02
  Scenario: When the album is asked for: when the permission may be asked for, and how it stands
    Then the platform is answered
      | kind       | permission      | person | answer              | at     | default |
      | permission | album-and-files | -      | moment-not-declared | moment | off     |

  @EP-PRM-04
  Scenario: When location is asked for: when the permission may be asked for, and how it stands
    Then the platform is answered
      | kind       | permission | purpose             | person | answer              | at     | default |
      | permission | location   | device-location     | -      | moment-not-declared | moment | off     |
      | permission | location   | offline-positioning | -      | moment-not-declared | moment |         |

  @EP-SDK-20
  Scenario: Permissions of Tencent Location: when the permission may be asked for, and how it stands
    Then the platform is answered
      | kind       | permission             | person | answer | default |
      | permission | network                | -      | yes    | on      |
      | permission | bluetooth-scan         | -      | yes    | off     |
      | permission | foreground-service     | -      | yes    | off     |
      | permission | background-location    | -      | yes    | off     |
      | permission | network-and-wifi-state | -      | yes    | off     |

  @EP-SDK-20
  Scenario: Permissions of Tencent Location: what the SDK may have
    Then the platform is answered
      | kind | sdk              | declarations        | person | answer              | at           |
      | sdk  | tencent-location | permission.network  | -      | permission-required | declarations |
      | sdk  | tencent-location | permission.location | -      | permission-required | declarations |

  @EP-TRF-04
  Scenario: A holder that is not bound asks again: who may get it
    Then the platform is answered
      | kind      | recipient | use                    | evidence    | answer |
      | recipient | successor | merger                 | undertaking | yes    |
      | recipient | successor | acquisition            | undertaking | yes    |
      | recipient | successor | bankruptcy-liquidation | undertaking | yes    |
