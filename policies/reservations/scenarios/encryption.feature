Feature: Encrypted connections

  @RS-SEC-04
  Scenario Outline: What did not come in encrypted is not taken
    When the submission says
      | channel      | <channel> |
      | declarations | -         |
    And the platform submits "<purpose>" with
      | <field> | <value> |
    Then it is refused with "declaration-required" under RS-SEC-04 at "declarations"

    Examples:
      | purpose               | channel          | field          | value                |
      | reservation           | checkout         | name           | 陈静                 |
      | registration          | sign-up          | email          | chen.jing@example.cn |
      | personalization       | site-pages       | click-info     | 预订按钮             |
      | service-security      | app              | click-info     | 预订按钮             |
      | security-and-support  | support-desk     | account-info   | 账号尾号 32          |
      | software-upgrade      | app              | device-info    | 示例手机 X1          |
      | survey                | survey-form      | survey-answers | 满意                 |
      | pertinent-information | information-form | name           | 陈静                 |

  @RS-SEC-04
  Scenario: What came in encrypted is
    When the submission says
      | channel      | sign-up              |
      | declarations | encrypted-connection |
    And the platform submits "registration" with
      | email | chen.jing@example.cn |
    Then it is admitted

  @RS-SEC-04
  Scenario: What comes through the log is sealed on its way, and answered there
    Given the platform submits through the log
    When the submission says
      | channel      | sign-up |
      | declarations | -       |
    And the platform submits "registration" with
      | email | chen.jing@example.cn |
    Then it is refused with "declaration-required" under RS-SEC-04 at "declarations"
    And nothing that travelled through the log can be read
    When the submission says
      | channel      | sign-up              |
      | declarations | encrypted-connection |
    And the platform submits "registration" with
      | email | chen.jing@example.cn |
    Then it is admitted
    And nothing that travelled through the log can be read
