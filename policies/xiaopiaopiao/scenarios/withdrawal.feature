Feature: Taking consent back from 小票票商户版

  @XP-WDR-01
  Scenario Outline: Who refuses messages gets none, at once and until saying otherwise
    Given the person has agreed to all that "marketing-contact" asks for
    And the person has given explicit consent to "notice"
    When the platform asks
      | kind    | message      |
      | message | product-news |
    Then the answer is yes
    And the answer says
      | clause | XP-WDR-01 |
    When the person refuses "<what>"
    And the platform asks
      | kind    | message      |
      | message | product-news |
    Then it is refused with "marketing-refused" under XP-WDR-01 at "message"
    When the platform asks
      | kind    | message         |
      | message | platform-notice |
    Then the answer is yes
    When the person has given explicit consent to "<what>"
    And the platform asks
      | kind    | message      |
      | message | product-news |
    Then the answer is yes

    Examples:
      | what                 |
      | marketing-contact    |
      | message.product-news |

  @XP-WDR-01
  Scenario Outline: Messages are refused in the app or by phone: <route>
    Given the person has agreed to all that "marketing-contact" asks for
    When the person withdraws "message.product-news" with
      | route | <route> |
    Then the answer says
      | code  | <answer> |
      | field | <at>     |

    Examples:
      | route | answer             | at    |
      | app   | -                  | -     |
      | phone | -                  | -     |
      | fax   | route-not-declared | route |
