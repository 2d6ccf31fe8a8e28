namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints management frames of IEEE 802.11. Source: IEEE 802.11, 9.3.3 and 9.4.</summary>
internal static class Ieee80211Management
{
    private const int LongestName = 32;
    private const int MostRates = 16;
    private const int LongestChallenge = 253;
    private const int LongestMap = 254;
    private const ushort EssBit = 1;
    private const ushort PrivacyBit = 0x10;

    private static readonly Token[] Subtypes =
    [
        (0, "Assoc Request"), (1, "Assoc Response"), (2, "ReAssoc Request"), (3, "ReAssoc Response"), (4, "Probe Request"), (5, "Probe Response"),
        (8, "Beacon"), (9, "ATIM"), (10, "Disassociation"), (11, "Authentication"), (12, "DeAuthentication"), (13, "Action"),
    ];

    private static readonly string[] Algorithms = ["Open System", "Shared Key", "EAP"];

    private static readonly string[] BlockActions = ["ADDBA Request", "ADDBA Response", "DELBA"];

    private static readonly string[] ThroughputActions = ["TxChWidth", "MIMOPwrSave"];

    private static readonly string[] MeshActions =
    [
        "MeshLink", "HWMP", "Gate Announcement", "Congestion Control", "MCCA Setup Request", "MCCA Setup Reply", "MCCA Advertisement Request",
        "MCCA Advertisement", "MCCA Teardown", "TBTT Adjustment Request", "TBTT Adjustment Response",
    ];

    private static readonly string[] MultihopActions = ["Proxy Update", "Proxy Update Confirmation"];

    private static readonly string[] PeeringActions =
    [
        "", "Peering Open", "Peering Confirm", "Peering Close", "Group Key Inform", "Group Key Acknowledge",
    ];

    private static readonly string[] Reasons =
    [
        "Reserved",
        "Unspecified reason",
        "Previous authentication no longer valid",
        "Deauthenticated because sending STA is leaving (or has left) IBSS or ESS",
        "Disassociated due to inactivity",
        "Disassociated because AP is unable to handle all currently  associated STAs",
        "Class 2 frame received from nonauthenticated STA",
        "Class 3 frame received from nonassociated STA",
        "Disassociated because sending STA is leaving (or has left) BSS",
        "STA requesting (re)association is not authenticated with responding STA",
        "Disassociated because the information in the Power Capability element is unacceptable",
        "Disassociated because the information in the Supported Channels element is unacceptable",
        "Disassociated due to BSS transition management",
        "Invalid element, i.e., an element defined in this standard for which the content does not meet the specifications in Clause 9",
        "Message integrity code (MIC) failure",
        "4-Way Handshake timeout",
        "Group key handshake timeout",
        "Information element in 4-Way Handshake different from (Re)AssociationRequest/Probe Response/Beacon frame",
        "Invalid group cipher",
        "Invalid pairwise cipher",
        "Invalid AKMP",
        "Unsupported RSNE version",
        "Invalid RSNE capabilities",
        "IEEE 802.1X authentication failed",
        "Cipher suite rejected because of the security policy",
        "TDLS direct-link teardown due to TDLS peer STA unreachable via the TDLS direct link",
        "TDLS direct-link teardown for unspecified reason",
        "Disassociated because session terminated by SSP request",
        "Disassociated because of lack of SSP roaming agreement",
        "Requested service rejected because of SSP cipher suite or AKM requirement",
        "Requested service not authorized in this location",
        "TS deleted because QoS AP lacks sufficient bandwidth for this QoS STA due to a change in BSS service characteristics or operational mode (e.g. an HT BSS change from 40 MHz channel to 20 MHz channel)",
        "Disassociated for unspecified, QoS-related reason",
        "Disassociated because QoS AP lacks sufficient bandwidth for this QoS STA",
        "Disassociated because of excessive number of frames that need to be acknowledged, but are not acknowledged due to AP transmissions and/or poor channel conditions",
        "Disassociated because STA is transmitting outside the limits of its TXOPs",
        "Requested from peer STA as the STA is leaving the BSS (or resetting)",
        "Requested from peer STA as it does not want to use the mechanism",
        "Requested from peer STA as the STA received frames using the mechanism for which a set up is required",
        "Requested from peer STA due to time out",
        "Reserved",
        "Reserved",
        "Reserved",
        "Reserved",
        "Reserved",
        "Peer STA does not support the requested cipher suite",
        "In a DLS Teardown frame: The teardown was initiated by the DLS peer. In a Disassociation frame: Disassociated because authorized access limit reached",
        "In a DLS Teardown frame: The teardown was initiated by the AP. In a Disassociation frame: Disassociated due to external service requirements",
        "Invalid FT Action frame count",
        "Invalid pairwise master key identifier (PMKID)",
        "Invalid MDE",
        "Invalid FTE",
        "Mesh peering canceled for unknown reasons",
        "The mesh STA has reached the supported maximum number of peer mesh STAs",
        "The received information violates the Mesh Configuration policy configured in the mesh STA profile",
        "The mesh STA has received a Mesh Peering Close frame requesting to close the mesh peering",
        "The mesh STA has resent dot11MeshMaxRetries Mesh Peering Open frames, without receiving a Mesh Peering Confirm frame",
        "The confirmTimer for the mesh peering instance times out",
        "The mesh STA fails to unwrap the GTK or the values in the wrapped contents do not match",
        "The mesh STA receives inconsistent information about the mesh parameters between mesh peering Management frames",
        "The mesh STA fails the authenticated mesh peering exchange because due to failure in selecting either the pairwise ciphersuite or group ciphersuite",
        "The mesh STA does not have proxy information for this external destination",
        "The mesh STA does not have forwarding information for this destination",
        "The mesh STA determines that the link to the next hop of an active path in its forwarding information is no longer usable",
        "The Deauthentication frame was sent because the MAC address of the STA already exists in the mesh BSS",
        "The mesh STA performs channel switch to meet regulatory requirements",
        "The mesh STA performs channel switching with unspecified reason",
    ];

    private static readonly string[] Statuses =
    [
        "Successful",
        "Unspecified failure",
        "TDLS wakeup schedule rejected but alternative schedule provided",
        "TDLS wakeup schedule rejected",
        "Reserved",
        "Security disabled",
        "Unacceptable lifetime",
        "Not in same BSS",
        "Reserved",
        "Reserved",
        "Cannot Support all requested capabilities in the Capability Information field",
        "Reassociation denied due to inability to confirm that association exists",
        "Association denied due to reason outside the scope of this standard",
        "Responding STA does not support the specified authentication algorithm",
        "Received an Authentication frame with authentication transaction sequence number out of expected sequence",
        "Authentication rejected because of challenge failure",
        "Authentication rejected due to timeout waiting for next frame in sequence",
        "Association denied because AP is unable to handle additional associated STAs",
        "Association denied due to requesting STA not supporting all of the data rates in the BSSBasicRateSet parameter, the Basic HT-MCS Set field of the HT Operation parameter, or the Basic VHT-MCS and NSS Set field in the VHT Operation parameter",
        "Association denied due to requesting STA not supporting the short preamble option",
        "Reserved",
        "Reserved",
        "Association request rejected because Spectrum Management capability is required",
        "Association request rejected because the information in the Power Capability element is unacceptable",
        "Association request rejected because the information in the Supported Channels element is unacceptable",
        "Association denied due to requesting STA not supporting the Short Slot Time option",
        "Reserved",
        "Association denied because the requested STA does not support HT features",
        "R0KH unreachable",
        "Association denied because the requesting STA does not support the phased coexistence operation (PCO) transition time required by the AP",
        "Association request rejected temporarily; try again later",
        "Robust management frame policy violation",
        "Unspecified, QoS-related failure",
        "Association denied because QoS AP or PCP has insufficient bandwidth to handle another QoS STA",
        "Association denied due to excessive frame loss rates and/or poor conditions on current operating channel",
        "Association (with QoS BSS) denied because the requesting STA does not support the QoS facility",
        "Reserved",
        "The request has been declined",
        "The request has not been successful as one or more parameters have invalid values",
        "The allocation or TS has not been created because the request cannot be honored; however, a suggested TSPEC/DMG TSPEC is provided so that the initiating STA can attempt to set another allocation or TS with the suggested changes to the TSPEC/DMG TSPEC",
        "Invalid element, i.e., an element defined in this standard for which the content does not meet the specifications in Clause 9",
        "Invalid group cipher",
        "Invalid pairwise cipher",
        "Invalid AKMP",
        "Unsupported RSNE version",
        "Invalid RSNE capabilities",
        "Cipher suite rejected because of security policy",
        "The TS or allocation has not been created; however, the HC or PCP might be capable of creating a TS or allocation, in response to a request, after the time indicated in the TS Delay element",
        "Direct Link is not allowed in the BSS by policy",
        "The Destination STA is not present within this BSS",
        "The Destination STA is not a QoS STA",
        "Association denied because the listen interval is too large",
        "Invalid FT Action frame count",
        "Invalid pairwise master key identifier (PMKID)",
        "Invalid MDE",
        "Invalid FTE",
        "Requested TCLAS processing is not supported by the AP or PCP",
        "The AP or PCP has insufficient TCLAS processing resources to satisfy the request",
        "The TS has not been created because the request cannot be honored; however, the HC or PCP suggests that the STA transition to a different BSS to set up the TS",
        "GAS Advertisement Protocol not supported",
        "No outstanding GAS request",
        "GAS Response not received from the Advertisement Server",
        "STA timed out waiting for GAS Query Response",
        "LARGE GAS Response is larger than query response length limit",
        "Request refused because home network does not support request",
        "Advertisement Server in the network is not currently reachable",
        "Reserved",
        "Request refused due to permissions received via SSPN interface",
        "Request refused because the AP or PCP does not support unauthenticated access",
        "Reserved",
        "Reserved",
        "Reserved",
        "Invalid contents of RSNE",
        "U-APSD coexistence is not supported",
        "Requested U-APSD coexistence mode is not supported",
        "Requested Interval/Duration value cannot be supported with U-APSD coexistence",
        "Authentication is rejected because an Anti-Clogging Token is required",
        "Authentication is rejected because the offered finite cyclic group is not supported",
        "The TBTT adjustment request has not been successful because the STA could not find an alternative TBTT",
        "Transmission failure",
        "Requested TCLAS Not Supported",
        "TCLAS Resources Exhausted",
        "Rejected with Suggested BSS transition",
        "Reject with recommended schedule",
        "Reject because no wakeup schedule specified",
        "Success, the destination STA is in power save mode",
        "FST pending, in process of admitting FST session",
        "Performing FST now",
        "FST pending, gap(s) in block ack window",
        "Reject because of U-PID setting",
        "Reserved",
        "Reserved",
        "(Re)Association refused for some external reason",
        "(Re)Association refused because of memory limits at the AP",
        "(Re)Association refused because emergency services are not supported at the AP",
        "GAS query response not yet received",
        "Reject since the request is for transition to a frequency band subject to DSE procedures and FST Initiator is a dependent STA",
        "Requested TCLAS processing has been terminated by the AP",
        "The TS schedule conflicts with an existing schedule; an alternative schedule is provided",
        "The association has been denied; however, one or more Multi-band elements are included that can be used by the receiving STA to join the BSS",
        "The request failed due to a reservation conflict",
        "The request failed due to exceeded MAF limit",
        "The request failed due to exceeded MCCA track limit",
        "Association denied because the information in theSpectrum Management field is unacceptable",
        "Association denied because the requesting STA does not support VHT features",
        "Enablement denied",
        "Enablement denied due to restriction from an authorized GDB",
        "Authorization deenabled",
    ];

    /// <summary>Prints a frame.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="control">Its control field.</param>
    /// <param name="octets">What was captured of it.</param>
    /// <param name="body">What was captured of its body.</param>
    /// <param name="length">What its body was long.</param>
    /// <returns>Whether it is whole.</returns>
    internal static bool Print(PacketPrinter printer, Ieee80211Printer.FrameControl control, ReadOnlySpan<byte> octets, ReadOnlySpan<byte> body, int length)
    {
        printer.Token(Subtypes, (uint)control.Subtype, "Unhandled Management subtype(%x)");
        if (control.IsProtected)
            return Ieee80211Printer.PrintProtected(printer, body);
        return control.Subtype switch
        {
            0 => PrintAssociation(printer, body, length, 4),
            1 or 3 => PrintResponse(printer, body, length),
            2 => PrintReassociation(printer, body, length),
            4 => PrintAssociation(printer, body, length, 0),
            5 or 8 => PrintBeacon(printer, body, length, isBeacon: control.Subtype == 8),
            10 or 12 => PrintReason(printer, octets, body, length, hasSender: control.Subtype == 12),
            11 => PrintAuthentication(printer, body, length),
            13 => PrintAction(printer, octets, body, length),
            _ => true,
        };
    }

    private static bool Has(ReadOnlySpan<byte> body, int length, int count) => body.Length >= count && length >= count;

    private static string StatusOf(ushort status) => status < Statuses.Length ? Statuses[status] : "n/a";

    private static bool PrintAssociation(PacketPrinter printer, ReadOnlySpan<byte> body, int length, int fixedLength)
    {
        if (!Has(body, length, fixedLength))
            return false;
        bool isWhole = Elements.Read(body[fixedLength..], length - fixedLength, out Elements elements);
        elements.PutName(printer);
        elements.PutRates(printer);
        return isWhole;
    }

    private static bool PrintReassociation(PacketPrinter printer, ReadOnlySpan<byte> body, int length)
    {
        if (!Has(body, length, 10))
            return false;
        bool isWhole = Elements.Read(body[10..], length - 10, out Elements elements);
        elements.PutName(printer);
        printer.Put(" AP : ");
        printer.EthernetAddress(body, 4);
        return isWhole;
    }

    private static bool PrintResponse(PacketPrinter printer, ReadOnlySpan<byte> body, int length)
    {
        if (!Has(body, length, 6))
            return false;
        bool isWhole = Elements.Read(body[6..], length - 6, out _);
        ushort capabilities = printer.L16(body, 0), status = printer.L16(body, 2), identifier = printer.L16(body, 4);
        printer.Put($" AID({identifier & 0x3fffu:x}) :{((capabilities & PrivacyBit) != 0 ? " PRIVACY " : "")}: {StatusOf(status)}");
        return isWhole;
    }

    private static bool PrintBeacon(PacketPrinter printer, ReadOnlySpan<byte> body, int length, bool isBeacon)
    {
        if (!Has(body, length, 12))
            return false;
        ushort capabilities = printer.L16(body, 10);
        bool isWhole = Elements.Read(body[12..], length - 12, out Elements elements);
        elements.PutName(printer);
        elements.PutRates(printer);
        if (isBeacon)
            printer.Put((capabilities & EssBit) != 0 ? " ESS" : " IBSS");
        elements.PutChannel(printer);
        if ((capabilities & PrivacyBit) != 0)
            printer.Put(", PRIVACY");
        elements.PutMesh(printer);
        return isWhole;
    }

    private static bool PrintReason(PacketPrinter printer, ReadOnlySpan<byte> octets, ReadOnlySpan<byte> body, int length, bool hasSender)
    {
        if (!Has(body, length, 2))
            return false;
        ushort reason = printer.L16(body, 0);
        if (hasSender)
            PutSender(printer, octets);
        printer.Put($": {(reason < Reasons.Length ? Reasons[reason] : "Reserved")}");
        return true;
    }

    private static void PutSender(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        if (printer.Options.ShowsLink)
            return;
        printer.Put(" (");
        printer.EthernetAddress(octets, 10);
        printer.Put(")");
    }

    private static bool PrintAuthentication(PacketPrinter printer, ReadOnlySpan<byte> body, int length)
    {
        if (!Has(body, length, 6))
            return false;
        bool isWhole = Elements.Read(body[6..], length - 6, out _);
        ushort algorithm = printer.L16(body, 0), sequence = printer.L16(body, 2), status = printer.L16(body, 4);
        printer.Put($" ({(algorithm < Algorithms.Length ? Algorithms[algorithm] : "Reserved")})-{(uint)sequence:x}");
        printer.Put(algorithm == 1 && sequence is 2 or 3 ? " [Challenge Text] " : ": ");
        if (sequence % 2 == 1)
            printer.Put(StatusOf(status));
        return isWhole;
    }

    private static bool PrintAction(PacketPrinter printer, ReadOnlySpan<byte> octets, ReadOnlySpan<byte> body, int length)
    {
        if (!Has(body, length, 2))
            return false;
        PutSender(printer, octets);
        printer.Put(": ");
        byte category = body[0], action = body[1];
        string? name = category switch
        {
            0 => "Spectrum Management",
            1 => "QoS",
            2 => "DLS",
            3 => "BA",
            7 => "HT",
            13 => "MeshAction",
            14 => "MultiohopAction",
            15 => "SelfprotectAction",
            127 => "Vendor",
            _ => null,
        };
        if (name is null)
            printer.Put($"Reserved({category}) ");
        else
            printer.Put($"{name} ");
        string[] actions = category switch { 3 => BlockActions, 7 => ThroughputActions, 13 => MeshActions, 14 => MultihopActions, 15 => PeeringActions, _ => [] };
        if (action < actions.Length && actions[action].Length > 0)
            printer.Put(actions[action]);
        else
            printer.Put($"Act#{action}");
        return true;
    }

    // What is printed of the elements of a frame: the first of each kind.
    private ref struct Elements
    {
        private ReadOnlySpan<byte> _name;
        private ReadOnlySpan<byte> _rates;
        private ReadOnlySpan<byte> _mesh;
        private bool _hasName;
        private bool _hasMesh;
        private int _channel;

        // False if they end before their end.
        internal static bool Read(ReadOnlySpan<byte> octets, int length, out Elements elements)
        {
            elements = new Elements { _channel = -1 };
            while (length > 0)
            {
                if (octets.Length < 2 || length < 2)
                    return false;
                byte type = octets[0];
                int size = octets[1];
                if (octets.Length < 2 + size || length < 2 + size || !elements.Add(type, octets.Slice(2, size)))
                    return false;
                octets = octets[(2 + size)..];
                length -= 2 + size;
            }

            return true;
        }

        internal readonly void PutName(PacketPrinter printer)
        {
            if (!_hasName)
                return;
            printer.Put(" (");
            printer.PaddedCharacters(_name, 0, _name.Length);
            printer.Put(")");
        }

        internal readonly void PutRates(PacketPrinter printer)
        {
            string separator = " [";
            foreach (byte rate in _rates)
            {
                printer.Put($"{separator}{(rate & 0x7f) / 2}.{(rate & 1) * 5}{((rate & 0x80) != 0 ? "*" : "")}");
                separator = " ";
            }

            if (!_rates.IsEmpty)
                printer.Put(" Mbit]");
        }

        internal readonly void PutChannel(PacketPrinter printer)
        {
            if (_channel >= 0)
                printer.Put($" CH: {_channel}");
        }

        internal readonly void PutMesh(PacketPrinter printer)
        {
            if (!_hasMesh)
                return;
            printer.Put(" MESHID (");
            printer.PaddedCharacters(_mesh, 0, _mesh.Length);
            printer.Put(")");
        }

        // False if it is too long.
        private bool Add(byte type, ReadOnlySpan<byte> value)
        {
            int most = type switch { 0 or 114 => LongestName, 1 => MostRates, 5 => LongestMap, 16 => LongestChallenge, _ => int.MaxValue };
            if (value.Length > most)
                return false;
            switch (type)
            {
                case 0 when !_hasName:
                    _name = value;
                    _hasName = true;
                    break;
                case 1 when _rates.IsEmpty:
                    _rates = value;
                    break;
                case 3 when _channel < 0 && value.Length == 1:
                    _channel = value[0];
                    break;
                case 114 when !_hasMesh:
                    _mesh = value;
                    _hasMesh = true;
                    break;
            }

            return true;
        }
    }
}
