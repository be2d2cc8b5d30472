Feature: Cookies and identifiers

  @RS-COK-01
  Scenario Outline: All cookies
    When the platform asks
      | kind    | tracker         |
      | tracker | <tracker>       |
      | purpose | personalization |
      | level   | all             |
    Then the answer is yes

    Examples:
      | tracker            |
      | cookie             |
      | identifier         |
      | related-technology |

  @RS-COK-01
  Scenario Outline: Managed or refused
    When the platform asks
      | kind    | tracker         |
      | tracker | cookie          |
      | purpose | personalization |
      | level   | <level>         |
    Then it is refused with "tracker-refused" under RS-COK-01 at "tracker"
    When the platform asks
      | kind    | tracker          |
      | tracker | cookie           |
      | purpose | service-security |
      | level   | <level>          |
    Then the answer is yes

    Examples:
      | level   |
      | reduced |
      | none    |

  @RS-COK-01
  Scenario: Who refuses them books all the same, and nothing is logged for a personal site
    When the person gives acceptance consent to "trackers" with
      | choice | none |
    And the submission says
      | channel | checkout |
    And the platform submits "reservation" with
      | name         | 陈静           |
      | telephone    | 13957110032    |
      | payment-card | tok-8f3k29dk20 |
    Then it is admitted
    When the submission says
      | channel | site-pages |
      | tracker | cookie     |
    And the platform submits "personalization" with
      | browsing-info | /hotels/88 |
    Then it is refused with "tracker-refused" under RS-COK-01 at "tracker"
    When the submission says
      | channel | site-pages |
      | tracker | cookie     |
    And the platform submits "service-security" with
      | browsing-info | /hotels/88 |
    Then it is admitted

  @RS-COK-01
  Scenario: Before anybody has chosen they run
    When the platform asks
      | kind    | tracker         |
      | tracker | cookie          |
      | purpose | personalization |
    Then the answer is yes
    When the person refuses "tracker.personalization"
    And the platform asks
      | kind    | tracker         |
      | tracker | cookie          |
      | purpose | personalization |
    Then it is refused with "tracker-refused" under RS-COK-01 at "tracker"
