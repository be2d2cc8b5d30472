Feature: Where the data of the Expo lies

  Background:
    Given the person has given acceptance consent to "policy"

  @CI-TER-01
  Scenario Outline: Stored on the mainland, and the place stands with what is stored
    When the submission says
      | region | <region> |
    And the platform submits "customer-service" with
      | conversation-content | 询问办证 |
    Then it is admitted
    And it lies in "<region>"

    Examples:
      | region |
      | CN     |
      | CN-SH  |
      | CN-BJ  |

  @CI-TER-01
  Scenario Outline: The region is asked before writing, and nothing is written elsewhere
    When the submission says
      | region | <region> |
    And the platform submits "customer-service" with
      | conversation-content | 询问办证 |
    Then it is refused with "territory-not-allowed" under CI-TER-01 at "region"
    And nothing is kept

    Examples:
      | region |
      | SG     |
      | US-CA  |
      | DE     |

  @CI-SCP-03 @CI-TER-01
  Scenario Outline: Hong Kong, Macao and Taiwan are not the mainland here
    When the submission says
      | region | <region> |
    And the platform submits "customer-service" with
      | conversation-content | 询问办证 |
    Then it is refused with "territory-not-allowed" at "region"
    And nothing is kept
    When the platform asks
      | kind   | region   |
      | region | <region> |
    Then it is refused with "territory-not-allowed" at "region"

    Examples:
      | region |
      | CN-HK  |
      | CN-MO  |
      | CN-TW  |
      | CN-71  |
      | CN-91  |
      | CN-92  |

  @CI-TER-02
  Scenario: Whoever registers from abroad can be reached
    Given the person has given explicit consent to "registration-from-abroad"
    When the platform submits "registration-from-abroad" without "mobile-number"
    Then it is refused with "missing-field" under CI-CON-03 at "fields.mobile-number"

  @CI-TER-02
  Scenario Outline: What was told from abroad serves what it was told for: <purpose>
    Given the person has given explicit consent to "registration-from-abroad"
    When the platform submits "registration-from-abroad" with
      | name          | 王晓明               |
      | mobile-number | 13816550021          |
      | email         | wang@example.example |
    And the platform asks whether "email" may be used for "<purpose>"
    Then the answer says
      | code | <answer> |

    Examples:
      | purpose                | answer           |
      | customer-service       | -                |
      | supply-demand-exchange | -                |
      | survey                 | undeclared-field |
