Feature: What counts as personal and as sensitive
  The list of this policy counts the mobile number.

  @CI-DEF-04
  Scenario Outline: Sensitive by the list
    When the platform asks
      | kind   | field   |
      | fields | <field> |
    Then the answer is yes
    And the answer says
      | classified | sensitive |

    Examples:
      | field                         |
      | mobile-number                 |
      | id-card-number                |
      | passport-number               |
      | legal-representative-identity |
      | ethnicity                     |
      | whereabouts                   |
      | device-mobile-number          |
      | gps-position                  |
      | wifi-position                 |
      | owner-number                  |
      | face-image                    |
      | identity-document             |
      | contact-entry                 |
      | payment-result                |

  @CI-DEF-04 @CI-DEF-03
  Scenario Outline: Personal and not sensitive
    When the platform asks
      | kind   | field   |
      | fields | <field> |
    Then the answer is yes
    And the answer says
      | classified | personal |

    Examples:
      | field         |
      | name          |
      | landline      |
      | email         |
      | gender        |
      | education     |
      | real-name     |
      | imsi          |
      | terminal-imei |

  @CI-SCP-02
  Scenario Outline: A company’s own data is not personal
    When the platform asks
      | kind   | field   |
      | fields | <field> |
    Then the answer is yes
    And the answer says
      | classified | not-personal |

    Examples:
      | field              |
      | credit-code        |
      | enterprise-address |
      | enterprise-phone   |
      | enterprise-website |
      | enterprise-email   |

  @CI-SCP-02
  Scenario: The people behind a company are people
    When the platform asks
      | kind   | field                     |
      | fields | legal-representative-name |
    Then the answer is yes
    And the answer says
      | classified | personal |
    When the platform asks
      | kind   | field                         |
      | fields | legal-representative-identity |
    Then the answer is yes
    And the answer says
      | classified | sensitive |

  @CI-DEF-03 @CI-COL-08
  Scenario Outline: By itself it tells nobody
    When the platform asks
      | kind   | field   |
      | fields | <field> |
    Then the answer is yes
    And the answer says
      | classified | not-personal |

    Examples:
      | field                      |
      | browsing-history           |
      | device-model               |
      | platform-name              |
      | system-version             |
      | manufacturer               |
      | public-ip                  |
      | carrier                    |
      | mobile-country-code        |
      | mobile-network-code        |
      | browser-agent              |
      | os-version-type            |
      | cpu-model                  |
      | machine-name               |
      | search-and-inquiry         |
      | ip-address                 |
      | browser-type               |
      | language                   |
      | visit-time                 |
      | pages-visited              |
      | call-status                |
      | access-time                |
      | access-duration            |
      | software-hardware-features |
      | pages-requested            |
      | cookie-info                |
      | usage-frequency            |
      | crash-data                 |
      | overall-usage              |
      | performance-data           |
      | app-source                 |
      | page-url                   |
      | referrer                   |
      | dwell-time                 |
      | browser-environment        |
      | display-settings           |

  @CI-DEF-03
  Scenario: A field that nobody has listed is no data of this policy
    When the platform asks
      | kind   | field       |
      | fields | booth-color |
    Then it is refused with "undeclared-field" under CI-SEC-10 at "fields.booth-color"
