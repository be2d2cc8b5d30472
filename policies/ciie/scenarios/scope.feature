Feature: Where the policy holds

  Background:
    Given the person has given acceptance consent to "policy"

  @CI-SCP-01 @CI-DEF-01
  Scenario Outline: Sites, apps and accounts of the Expo
    When the submission says
      | channel | <channel> |
    And the platform submits "customer-service" with
      | conversation-content | 询问办证 |
    Then it is admitted

    Examples:
      | channel             |
      | website             |
      | mobile-website      |
      | wechat-account      |
      | wechat-mini-program |
      | mobile-app          |
      | weibo               |
      | facebook            |
      | hotline             |

  @CI-SCP-01
  Scenario: A channel nobody has named
    When the submission says
      | channel | partner-kiosk |
    And the platform submits "customer-service" with
      | conversation-content | 询问办证 |
    Then it is refused with "channel-undeclared" under CI-SCP-01 at "channel"

  @CI-DEF-01
  Scenario: The platform is covered, what third parties offer is not
    When the submission says
      | product | expo-platform |
    And the platform submits "customer-service" with
      | conversation-content | 询问办证 |
    Then it is admitted
    When the submission says
      | product | third-party-service |
    And the platform submits "customer-service" with
      | conversation-content | 询问办证 |
    Then it is refused with "product-not-covered" under CI-SCP-04 at "product"
    When the submission says
      | product | hotel-booking |
    And the platform submits "customer-service" with
      | conversation-content | 询问办证 |
    Then it is refused with "product-not-covered" under CI-SCP-04 at "product"
