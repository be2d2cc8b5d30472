Feature: Taking consent back from E票电影

  @EP-WDR-01
  Scenario: Who withdraws from a basic function is told first what stops
    Given the person has agreed to all that "membership" asks for
    When the person withdraws "membership" with
      | route | customer-service |
    Then it is refused with "warned" under EP-WDR-01
    And the answer says
      | stops | membership, service-notice, promotion-notice, avatar |
    When the platform asks
      | kind    | page       |
      | purpose | membership |
    Then the answer is yes
    When the person withdraws "membership" with
      | confirmed | yes              |
      | route     | customer-service |
    Then it is recorded
    When the platform asks
      | kind    | page       |
      | purpose | membership |
    Then it is refused with "consent-refused" at "purpose"

  @EP-WDR-02
  Scenario Outline: Consent is taken back through customer service or the device
    Given the person has agreed to all that "analytics" asks for
    When the person withdraws "analytics" with
      | route | <route> |
    Then the answer says
      | code   | <answer> |
      | clause | <clause> |
      | field  | <at>     |

    Examples:
      | route            | answer             | clause    | at    |
      | customer-service | -                  | -         | -     |
      | device-settings  | -                  | -         | -     |
      | fax              | route-not-declared | EP-WDR-02 | route |

  @EP-WDR-02
  Scenario: Turning location off on the device takes the consent to it back
    Given the person has agreed to all that "nearby-cinemas" asks for
    When the person withdraws "permission.location" with
      | route | device-settings |
    And the platform asks whether "current-location" may be used for "nearby-cinemas"
    Then it is refused with "consent-withdrawn"

  @EP-WDR-03
  Scenario: After it was taken back nothing more is processed
    Given the person has agreed to all that "analytics" asks for
    When the platform submits "analytics" with
      | imei | 860000000000001 |
    Then it is admitted
    When the person withdraws "analytics" with
      | route | customer-service |
    And the platform asks whether "imei" may be used for "analytics"
    Then it is refused with "consent-withdrawn"
    When the platform submits "analytics" with
      | imei | 860000000000001 |
    Then it is refused with "consent-withdrawn"


  @EP-WDR-04
  Scenario: What was done before on that consent stays lawful
    Given the person has agreed to all that "analytics" asks for
    And the platform submits "analytics"
    Then it is admitted
    When the clock reaches 2026-03-10 09:00
    And the person withdraws "analytics" with
      | route | customer-service |
    Then the consent of the person to "analytics" was "given" on 2026-03-09 09:00
    And the consent of the person to "analytics" is "withdrawn"

  @EP-WDR-04
  Scenario: What was said stays on record for three years
    Given it is 2026-03-02 09:00
    And the person has agreed to all that "analytics" asks for
    When the person withdraws "analytics" with
      | route | customer-service |
    Then the receipt of the act says
      | receipt.event.event_state    | ConsentWithdrawn |
      | receipt.event.evidence_until | 2029-03-03       |
