Feature: Secrets and cards

  @RS-SEC-01
  Scenario: A password in clear is never taken
    When the submission says
      | channel | sign-up |
    And the platform submits "registration" with
      | email    | chen.jing@example.cn |
      | password | 示例口令123          |
    Then it is refused with "secret-in-clear" under RS-SEC-01 at "fields.password"
    And nothing is kept
    When the submission says
      | channel | sign-up |
    And the platform submits "registration" with
      | email     | chen.jing@example.cn                                                    |
      | user-name | chenjing                                                                |
      | password  | sha256:cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd |
    Then it is admitted

  @RS-COL-02
  Scenario Outline: A card comes as a token of the payment provider, never as a number
    When the submission says
      | channel | checkout |
    And the platform submits "reservation" with
      | name         | 陈静        |
      | telephone    | 13957110032 |
      | payment-card | <value>     |
    Then it is refused with "shape-not-accepted" under RS-COL-02 at "fields.payment-card"

    Examples:
      | value                                         |
      | 6222020200112233                              |
      | tok-8f3k29d                                   |
      | tok-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa |
      | tok-8f3k-9dk                                  |

  @RS-COL-02
  Scenario Outline: The shortest and the longest token
    When the submission says
      | channel | checkout |
    And the platform submits "reservation" with
      | name         | 陈静        |
      | telephone    | 13957110032 |
      | payment-card | <value>     |
    Then it is admitted

    Examples:
      | value                                        |
      | tok-8f3k29dk                                 |
      | tok-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa |
