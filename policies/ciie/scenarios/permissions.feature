Feature: Permissions of the device
  Each is bound to the function that needs it.

  Background:
    Given the person has given acceptance consent to "policy"

  @CI-PRM-03 @CI-PRM-04 @CI-PRM-05 @CI-PRM-06 @CI-PRM-07 @CI-PRM-09
  Scenario Outline: With the permission, while the function is in use
    Given the person has given <level> consent to "<purpose>"
    When the submission says
      | declarations | <moment>, permission.<permission> |
    And the platform submits "<purpose>" with
      | <field> | <value> |
    Then it is admitted

    Examples:
      | permission        | purpose            | field             | moment                 | value               | level             |
      | microphone        | voice-functions    | voice             | voice-translation-open | 「请问4.1馆怎么走」 | device-permission |
      | microphone        | voice-functions    | voice             | voice-assistant-open   | 「请问4.1馆怎么走」 | device-permission |
      | location          | navigation         | gps-position      | navigation-open        | 31.1930,121.3010    | device-permission |
      | mobile-network    | venue-wifi         | network-info      | venue-network-in-use   | 5G                  | device-permission |
      | wifi-connection   | venue-wifi         | wifi-connection   | venue-network-in-use   | NECC-FREE           | device-permission |
      | connection-change | venue-wifi         | connection-change | venue-network-in-use   | 蜂窝转无线          | device-permission |
      | camera            | face-and-real-name | face-image        | face-recognition-open  | 人脸特征            | device-permission |
      | camera            | face-and-real-name | identity-document | real-name-check-open   | 护照首页            | device-permission |
      | contacts          | contact-by-call    | contact-entry     | calling-a-contact      | 展商 陈先生         | device-permission |
      | call              | contact-by-call    | call              | calling-a-contact      | 拨打 13816550022    | device-permission |
      | messages          | contact-by-message | message-text      | texting-a-contact      | 请于十点到4.1馆     | device-permission |
      | install-files     | in-app-upgrade     | installed-files   | upgrade-running        | ciie-5.1.apk        | device-permission |

  @CI-PRM-03 @CI-PRM-04 @CI-PRM-05 @CI-PRM-06 @CI-PRM-07 @CI-PRM-09
  Scenario Outline: Without the permission
    Given the person has given <level> consent to "<purpose>"
    When the submission says
      | declarations | <moment> |
    And the platform submits "<purpose>" with
      | <field> | <value> |
    Then it is refused with "permission-required" at "fields.<field>"

    Examples:
      | purpose            | field             | moment                 | value               | level             |
      | voice-functions    | voice             | voice-translation-open | 「请问4.1馆怎么走」 | device-permission |
      | voice-functions    | voice             | voice-assistant-open   | 「请问4.1馆怎么走」 | device-permission |
      | navigation         | gps-position      | navigation-open        | 31.1930,121.3010    | device-permission |
      | venue-wifi         | network-info      | venue-network-in-use   | 5G                  | device-permission |
      | venue-wifi         | wifi-connection   | venue-network-in-use   | NECC-FREE           | device-permission |
      | venue-wifi         | connection-change | venue-network-in-use   | 蜂窝转无线          | device-permission |
      | face-and-real-name | face-image        | face-recognition-open  | 人脸特征            | device-permission |
      | face-and-real-name | identity-document | real-name-check-open   | 护照首页            | device-permission |
      | contact-by-call    | contact-entry     | calling-a-contact      | 展商 陈先生         | device-permission |
      | contact-by-call    | call              | calling-a-contact      | 拨打 13816550022    | device-permission |
      | contact-by-message | message-text      | texting-a-contact      | 请于十点到4.1馆     | device-permission |
      | in-app-upgrade     | installed-files   | upgrade-running        | ciie-5.1.apk        | device-permission |

  @CI-PRM-03 @CI-PRM-04 @CI-PRM-05 @CI-PRM-06 @CI-PRM-07 @CI-PRM-09
  Scenario Outline: While the function is not in use
    Given the person has given <level> consent to "<purpose>"
    When the submission says
      | declarations | permission.<permission> |
    And the platform submits "<purpose>" with
      | <field> | <value> |
    Then it is refused with "moment-not-declared" under <clause> at "moment"

    Examples:
      | permission        | purpose            | field             | clause    | value               | level             |
      | microphone        | voice-functions    | voice             | CI-PRM-03 | 「请问4.1馆怎么走」 | device-permission |
      | location          | navigation         | gps-position      | CI-PRM-04 | 31.1930,121.3010    | device-permission |
      | mobile-network    | venue-wifi         | network-info      | CI-PRM-05 | 5G                  | device-permission |
      | wifi-connection   | venue-wifi         | wifi-connection   | CI-PRM-05 | NECC-FREE           | device-permission |
      | connection-change | venue-wifi         | connection-change | CI-PRM-05 | 蜂窝转无线          | device-permission |
      | camera            | face-and-real-name | face-image        | CI-PRM-06 | 人脸特征            | device-permission |
      | camera            | face-and-real-name | identity-document | CI-PRM-06 | 护照首页            | device-permission |
      | contacts          | contact-by-call    | contact-entry     | CI-PRM-07 | 展商 陈先生         | device-permission |
      | call              | contact-by-call    | call              | CI-PRM-07 | 拨打 13816550022    | device-permission |
      | messages          | contact-by-message | message-text      | CI-PRM-07 | 请于十点到4.1馆     | device-permission |
      | install-files     | in-app-upgrade     | installed-files   | CI-PRM-09 | ciie-5.1.apk        | device-permission |

  @CI-PRM-03 @CI-PRM-04 @CI-PRM-05 @CI-PRM-06 @CI-PRM-07 @CI-PRM-09
  Scenario Outline: Without a yes of the person
    When the submission says
      | declarations | <moment>, permission.<permission> |
    And the platform submits "<purpose>" with
      | <field> | <value> |
    Then it is refused with "no-consent" under <clause>

    Examples:
      | permission        | purpose            | field             | moment                 | clause    | value               |
      | microphone        | voice-functions    | voice             | voice-translation-open | CI-PRM-03 | 「请问4.1馆怎么走」 |
      | microphone        | voice-functions    | voice             | voice-assistant-open   | CI-PRM-03 | 「请问4.1馆怎么走」 |
      | location          | navigation         | gps-position      | navigation-open        | CI-PRM-04 | 31.1930,121.3010    |
      | mobile-network    | venue-wifi         | network-info      | venue-network-in-use   | CI-PRM-05 | 5G                  |
      | wifi-connection   | venue-wifi         | wifi-connection   | venue-network-in-use   | CI-PRM-05 | NECC-FREE           |
      | connection-change | venue-wifi         | connection-change | venue-network-in-use   | CI-PRM-05 | 蜂窝转无线          |
      | camera            | face-and-real-name | face-image        | face-recognition-open  | CI-PRM-06 | 人脸特征            |
      | camera            | face-and-real-name | identity-document | real-name-check-open   | CI-PRM-06 | 护照首页            |
      | contacts          | contact-by-call    | contact-entry     | calling-a-contact      | CI-PRM-07 | 展商 陈先生         |
      | call              | contact-by-call    | call              | calling-a-contact      | CI-PRM-07 | 拨打 13816550022    |
      | messages          | contact-by-message | message-text      | texting-a-contact      | CI-PRM-07 | 请于十点到4.1馆     |
      | install-files     | in-app-upgrade     | installed-files   | upgrade-running        | CI-PRM-09 | ciie-5.1.apk        |

  @CI-PRM-03 @CI-PRM-05 @CI-PRM-06 @CI-PRM-07 @CI-PRM-09
  Scenario Outline: A permission is asked for while its function is in use
    When the platform asks
      | kind       | permission   |
      | permission | <permission> |
      | purpose    | <purpose>    |
      | moment     | <moment>     |
    Then the answer is yes
    And the answer says
      | clause | <clause> |
    When the platform asks
      | kind       | permission   |
      | permission | <permission> |
      | purpose    | <purpose>    |
    Then it is refused with "moment-not-declared" under <clause> at "moment"

    Examples:
      | permission        | purpose            | moment                 | clause    |
      | microphone        | voice-functions    | voice-translation-open | CI-PRM-03 |
      | microphone        | voice-functions    | voice-assistant-open   | CI-PRM-03 |
      | mobile-network    | venue-wifi         | venue-network-in-use   | CI-PRM-05 |
      | wifi-connection   | venue-wifi         | venue-network-in-use   | CI-PRM-05 |
      | connection-change | venue-wifi         | venue-network-in-use   | CI-PRM-05 |
      | camera            | face-and-real-name | face-recognition-open  | CI-PRM-06 |
      | camera            | face-and-real-name | real-name-check-open   | CI-PRM-06 |
      | contacts          | contact-by-call    | calling-a-contact      | CI-PRM-07 |
      | call              | contact-by-call    | calling-a-contact      | CI-PRM-07 |
      | app-list          | contact-by-mail    | mailing-a-contact      | CI-PRM-07 |
      | messages          | contact-by-message | texting-a-contact      | CI-PRM-07 |
      | install-files     | in-app-upgrade     | upgrade-running        | CI-PRM-09 |
      | start-mail-app    | contact-by-mail    | mailing-a-contact      | CI-PRM-07 |
      | app-list          | in-app-upgrade     | upgrade-running        | CI-PRM-07 |
      | camera            | code-scanning      | scanning-a-code        | CI-PRM-06 |

  @CI-PRM-03 @CI-PRM-05 @CI-PRM-06 @CI-PRM-07 @CI-PRM-09 @CI-PRM-02
  Scenario Outline: A permission is not asked for another function
    When the platform asks
      | kind       | permission   |
      | permission | <permission> |
      | purpose    | <purpose>    |
    Then it is refused with "permission-not-declared" under <clause> at "purpose"

    Examples:
      | permission        | purpose         | clause    |
      | microphone        | navigation      | CI-PRM-03 |
      | mobile-network    | navigation      | CI-PRM-05 |
      | wifi-connection   | navigation      | CI-PRM-05 |
      | connection-change | navigation      | CI-PRM-05 |
      | camera            | voice-functions | CI-PRM-06 |
      | contacts          | contact-by-mail | CI-PRM-07 |
      | call              | contact-by-mail | CI-PRM-07 |
      | app-list          | contact-by-call | CI-PRM-07 |
      | messages          | contact-by-mail | CI-PRM-07 |
      | start-mail-app    | contact-by-call | CI-PRM-07 |
      | install-files     | contact-by-mail | CI-PRM-09 |
      | storage           | survey          | CI-PRM-02 |
      | pictures          | survey          | CI-PRM-02 |
      | multimedia        | survey          | CI-PRM-02 |

  @CI-COL-05
  Scenario: A permission nobody has listed
    When the platform asks
      | kind       | permission |
      | permission | calendar   |
    Then it is refused with "permission-not-declared" under CI-COL-05 at "permission"
    When the submission says
      | channel      | mobile-app          |
      | declarations | permission.calendar |
    And the platform submits "use-of-functions" with
      | device-model | 示例手机 X1 |
    Then it is refused with "permission-not-declared" under CI-COL-05 at "declarations"

  @CI-COL-05 @CI-COL-06
  Scenario Outline: Device data by the permission that was granted
    When the submission says
      | channel      | mobile-app |
      | declarations | -          |
    And the platform submits "use-of-functions" with
      | <field> | <value> |
    Then it is refused with "permission-required" under <clause> at "fields.<field>"
    When the submission says
      | channel      | mobile-app              |
      | declarations | permission.<permission> |
    And the platform submits "use-of-functions" with
      | <field> | <value> |
    Then it is admitted

    Examples:
      | field                | value            | permission | clause    |
      | imei                 | 490154203237518  | phone      | CI-COL-05 |
      | device-mobile-number | 13816550021      | phone      | CI-COL-05 |
      | gps-position         | 31.1930,121.3010 | location   | CI-COL-06 |
      | wifi-access-points   | NECC-FREE        | location   | CI-COL-06 |
      | bluetooth-devices    | 展馆信标07       | location   | CI-COL-06 |
      | base-stations        | 460-00-1-1       | location   | CI-COL-06 |

  @CI-COL-05
  Scenario: What needs no permission goes on
    When the submission says
      | channel      | mobile-app |
      | declarations | -          |
    And the platform submits "use-of-functions" with
      | device-model | 示例手机 X1 |
      | ip-address   | 203.0.113.7 |
    Then it is admitted

  @CI-COL-05 @CI-COL-06 @CI-PRM-02
  Scenario Outline: Permissions of a function that always runs are asked for it
    When the platform asks
      | kind       | permission   |
      | permission | <permission> |
      | purpose    | <purpose>    |
    Then the answer is yes
    And the answer says
      | clause | <clause> |

    Examples:
      | permission | purpose          | clause    |
      | phone      | use-of-functions | CI-COL-05 |
      | location   | use-of-functions | CI-COL-06 |
      | pictures   | normal-operation | CI-PRM-02 |
      | multimedia | normal-operation | CI-PRM-02 |
      | storage    | normal-operation | CI-PRM-02 |

  @CI-COL-06 @CI-COL-13 @CI-PRM-04
  Scenario Outline: Location serves the functions by position
    When the platform asks
      | kind       | permission |
      | permission | location   |
      | purpose    | <purpose>  |
      | moment     | <moment>   |
    Then the answer is yes

    Examples:
      | purpose          | moment                |
      | precise-location | location-service-open |
      | navigation       | navigation-open       |

  @CI-COL-05 @CI-COL-06
  Scenario: Location and phone are asked for nothing else
    When the platform asks
      | kind       | permission |
      | permission | location   |
      | purpose    | survey     |
    Then it is refused with "permission-not-declared" under CI-COL-06 at "purpose"
    When the platform asks
      | kind       | permission |
      | permission | phone      |
      | purpose    | survey     |
    Then it is refused with "permission-not-declared" under CI-COL-05 at "purpose"

  @CI-PRM-02
  Scenario Outline: Pictures, media and storage are opened to show pages
    When the submission says
      | declarations | permission.<permission> |
    And the platform submits "normal-operation" with
      | <field> | <value> |
    Then it is admitted
    When the submission says
      | declarations | - |
    And the platform submits "normal-operation" with
      | <field> | <value> |
    Then it is refused with "permission-required" under CI-PRM-02 at "fields.<field>"

    Examples:
      | field          | value    | permission |
      | local-pictures | 封面缓存 | pictures   |
      | local-media    | 导览音频 | multimedia |
      | local-storage  | 离线地图 | storage    |

  @CI-PRM-02
  Scenario: The photo library stays on the device
    When the platform asks
      | kind    | use              |
      | purpose | normal-operation |
      | fields  | local-pictures   |
      | use     | page-display     |
    Then the answer is yes
    When the platform asks
      | kind    | use              |
      | purpose | normal-operation |
      | fields  | local-pictures   |
      | use     | archiving        |
    Then it is refused with "use-not-declared" under CI-PRM-02 at "use"
    When the submission says
      | declarations | permission.pictures |
    And the platform submits "normal-operation" with
      | local-pictures | 封面缓存    |
      | contact-entry  | 展商 陈先生 |
    Then it is refused with "undeclared-field" under CI-PRM-02 at "fields.contact-entry"

  @CI-PRM-03 @CI-PRM-04 @CI-PRM-05 @CI-PRM-06
  Scenario Outline: Without one function the others go on
    When the person refuses "<purpose>"
    And the platform asks
      | kind    | page      |
      | purpose | <purpose> |
    Then it is refused with "consent-refused" under <clause> at "purpose"
    When the platform asks
      | kind    | page         |
      | purpose | registration |
    Then the answer is yes
    When the platform asks
      | kind    | page             |
      | purpose | customer-service |
    Then the answer is yes

    Examples:
      | purpose            | clause    |
      | voice-functions    | CI-PRM-03 |
      | navigation         | CI-PRM-04 |
      | venue-wifi         | CI-PRM-05 |
      | face-and-real-name | CI-PRM-06 |

  @CI-PRM-08 @CI-PRM-07
  Scenario Outline: Whoever gives none of the permissions still reads and copies a contact
    When the person refuses "<purpose>"
    And the platform asks
      | kind    | page      |
      | purpose | <purpose> |
    Then it is refused with "consent-refused" under CI-PRM-08 at "purpose"
    When the platform asks
      | kind    | page         |
      | purpose | contact-page |
    Then the answer is yes
    And the answer says
      | clause | CI-PRM-08 |

    Examples:
      | purpose            |
      | contact-by-call    |
      | contact-by-mail    |
      | contact-by-message |

  @CI-PRM-03
  Scenario Outline: Voice serves translation and the assistant
    Given the person has given device-permission consent to "voice-functions"
    When the platform asks
      | kind    | use             |
      | purpose | voice-functions |
      | fields  | voice           |
      | use     | <use>           |
    Then the answer is yes

    Examples:
      | use         |
      | translation |
      | assistance  |

  @CI-PRM-03
  Scenario: Voice serves nothing else
    Given the person has given device-permission consent to "voice-functions"
    When the platform asks
      | kind    | use                 |
      | purpose | voice-functions     |
      | fields  | voice               |
      | use     | service-improvement |
    Then it is refused with "use-not-declared" under CI-PRM-03 at "use"

  @CI-PRM-07
  Scenario: For mailing a contact, the list of apps is read at no other moment
    Given the person has given device-permission consent to "contact-by-mail"
    When the platform asks
      | kind    | collect         |
      | purpose | contact-by-mail |
      | fields  | app-list        |
      | moment  | upgrade-running |
    Then it is refused with "moment-not-declared" under CI-PRM-07 at "moment"
