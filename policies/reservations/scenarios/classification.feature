Feature: What counts as personal

  @RS-DEF-01
  Scenario Outline: Personal data
    When the platform asks
      | kind   | field   |
      | fields | <field> |
    Then the answer is yes
    And the answer says
      | classified | personal |

    Examples:
      | field        |
      | title        |
      | telephone    |
      | email        |
      | company-name |
      | wechat-id    |
      | name         |

  @RS-DEF-01 @RS-COL-02
  Scenario: A card is sensitive
    When the platform asks
      | kind   | field        |
      | fields | payment-card |
    Then the answer is yes
    And the answer says
      | classified | sensitive |

  @RS-DEF-01
  Scenario Outline: Anonymous data is free where a report shows it
    When the platform asks
      | kind     | dataset                |
      | use      | <use>                  |
      | state    | anonymous              |
      | evidence | method, reviewer, date |
    Then the answer is yes
    And the answer says
      | classified | anonymous |

    Examples:
      | use                 |
      | statistics          |
      | service-improvement |

  @RS-DEF-01
  Scenario Outline: Without the whole report it is personal
    When the platform asks
      | kind     | dataset      |
      | use      | statistics   |
      | state    | anonymous    |
      | evidence | <one>, <two> |
    Then it is refused with "deidentification-unproven" under RS-DEF-01 at "evidence"

    Examples:
      | one      | two      |
      | method   | reviewer |
      | method   | date     |
      | reviewer | date     |

  @RS-DEF-01
  Scenario: De-identified is not anonymous
    When the platform asks
      | kind     | dataset                |
      | use      | statistics             |
      | state    | deidentified           |
      | evidence | method, reviewer, date |
    Then it is refused with "deidentification-unproven" under RS-DEF-01 at "state"
    When the platform asks
      | kind     | dataset                |
      | use      | resale                 |
      | state    | anonymous              |
      | evidence | method, reviewer, date |
    Then it is refused with "use-not-declared" under RS-DEF-01 at "use"
