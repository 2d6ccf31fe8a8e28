using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>The parameters of QUIC, which TLS carries. Sources: RFC 9000, section 18; RFC 9001, section 8.2; RFC 9221; RFC 9287; RFC 9368; IANA, "QUIC Transport Parameters".</summary>
internal static class TlsQuicParameters
{
    internal static readonly FieldGroup Group = new(TlsFields.Group, "quic");
    private static readonly Field Length = Group.Unsigned("len", "Parameters Length", 16);
    internal static readonly Field Parameter = Group.None("parameter", "Parameter"); // Wireshark has it and never fills it: a line without a field stands there
    private static readonly Field Type = Group.Unsigned("parameter.type", "Type", 64);
    private static readonly Field ParameterLength = Group.Unsigned("parameter.length", "Length", 64);
    private static readonly Field ParameterLengthBefore = Group.Unsigned("parameter.lengt.old", "Length", 16); // as Wireshark spells it
    private static readonly Field Value = Group.Octets("parameter.value", "Value");
    private static readonly Field Ipv4 = Group.Ipv4Address("parameter.preferred_address.ipv4address", "ipv4Address");
    private static readonly Field Ipv4Port = Group.Unsigned("parameter.preferred_address.ipv4port", "ipv4Port", 16);
    private static readonly Field Ipv6 = Group.Ipv6Address("parameter.preferred_address.ipv6address", "ipv6Address");
    private static readonly Field Ipv6Port = Group.Unsigned("parameter.preferred_address.ipv6port", "ipv6Port", 16);
    private static readonly Field IdLength = Group.Unsigned("parameter.preferred_address.connectionid.length", "Length", 8);
    private static readonly Field Id = Group.Octets("parameter.preferred_address.connectionid", "connectionId");
    private static readonly Field ResetToken = Group.Octets("parameter.preferred_address.statelessresettoken", "statelessResetToken");
    private static readonly Field CibirLength = Group.Unsigned("parameter.cibir_encoding.length", "length", 64);
    private static readonly Field CibirOffset = Group.Unsigned("parameter.cibir_encoding.offset", "offset", 64);
    private static readonly Field KeyUpdateUnsupported = Group.None("parameter.google.key_update_not_yet_supported", "Google Key Update not yet supported");
    private static readonly Field HandshakeDone = Group.None("parameter.google.support_handshake_done", "Google Support Handshake Done");
    private static readonly Field GoogleVersion = Group.Hexadecimal("parameter.google.quic_version", "Google QUIC version", 32, QuicNames.Version);
    private static readonly Field GoogleVersionsLength = Group.Unsigned("parameter.google.supported_versions_length", "Google Supported Versions Length", 8);
    private static readonly Field GoogleSupported = Group.Hexadecimal("parameter.google.supported_version", "Google Supported Version", 32, QuicNames.Version);
    private static readonly Field GoogleParameters = Group.Octets("parameter.google.quic_params", "Google QUIC parameters");
    private static readonly Field GoogleUnknown = Group.Octets("parameter.google.quic_params_unknown_field", "Google Unknown Field");
    private static readonly Field ChosenVersion = Group.Hexadecimal("parameter.vi.chosen_version", "Chosen Version", 32, QuicNames.Version);
    private static readonly Field OtherVersion = Group.Hexadecimal("parameter.vi.other_version", "Other Version", 32, QuicNames.Version);

    private static readonly Field MinimumDelay = Number("min_ack_delay", "min_ack_delay"); // in two drafts
    private static readonly Field ConnectionReset = Group.Octets("parameter.stateless_reset_token", "stateless_reset_token");
    private static readonly Field Exponent = Number("ack_delay_exponent", "ack_delay_exponent");
    private static readonly Field Reliability = Number("facebook.partial_reliability", "Facebook Partial Reliability");

    private const ulong PreferredAddress = 0x0d;
    private const ulong VersionInformation = 0x11;
    private const ulong CibirEncoding = 0x1000;
    private const ulong LossBits = 0x1057;
    private const ulong KeyUpdateNotYetSupported = 0x312b;
    private const ulong SupportHandshakeDone = 0x312a;
    private const ulong GoogleQuicParameters = 0x4751;
    private const ulong GoogleQuicVersion = 0x4752;
    private const int VersionLength = 4;
    private const int ResetTokenLength = 16;

    // Those that have one value: a number, octets or text.
    private static readonly Dictionary<ulong, (string Name, Field? Field, string Unit)> Parameters = new()
    {
        [0x00] = ("original_destination_connection_id", Group.Octets("parameter.original_destination_connection_id", "original_destination_connection_id"), ""),
        [0x01] = ("max_idle_timeout", Number("max_idle_timeout", "max_idle_timeout"), " ms"),
        [0x02] = ("stateless_reset_token", ConnectionReset, ""),
        [0x03] = ("max_udp_payload_size", Number("max_udp_payload_size", "max_udp_payload_size"), ""),
        [0x04] = ("initial_max_data", Number("initial_max_data", "initial_max_data"), ""),
        [0x05] = ("initial_max_stream_data_bidi_local", Number("initial_max_stream_data_bidi_local", "initial_max_stream_data_bidi_local"), ""),
        [0x06] = ("initial_max_stream_data_bidi_remote", Number("initial_max_stream_data_bidi_remote", "initial_max_stream_data_bidi_remote"), ""),
        [0x07] = ("initial_max_stream_data_uni", Number("initial_max_stream_data_uni", "initial_max_stream_data_uni"), ""),
        [0x08] = ("initial_max_streams_bidi", Number("initial_max_streams_bidi", "initial_max_streams_bidi"), ""),
        [0x09] = ("initial_max_streams_uni", Number("initial_max_streams_uni", "initial_max_streams_uni"), ""),
        [0x0a] = ("ack_delay_exponent", Exponent, ""),
        [0x0b] = ("max_ack_delay", Number("max_ack_delay", "max_ack_delay"), ""),
        [0x0c] = ("disable_active_migration", null, ""),
        [PreferredAddress] = ("preferred_address", null, ""),
        [0x0e] = ("active_connection_id_limit", Number("active_connection_id_limit", "Active Connection ID Limit"), ""),
        [0x0f] = ("initial_source_connection_id", Group.Octets("parameter.initial_source_connection_id", "Initial Source Connection ID"), ""),
        [0x10] = ("retry_source_connection_id", Group.Octets("parameter.retry_source_connection_id", "Retry Source Connection ID"), ""),
        [VersionInformation] = ("version_information", null, ""),
        [0x20] = ("max_datagram_frame_size", Number("max_datagram_frame_size", "max_datagram_frame_size"), ""),
        [CibirEncoding] = ("cibir_encoding", null, ""),
        [LossBits] = ("loss_bits", Number("loss_bits", "loss_bits"), ""),
        [0x2ab2] = ("grease_quic_bit", null, ""),
        [0x3127] = ("google_initial_rtt", Number("google.initial_rtt", "Google Initial RTT"), " us"),
        [0x3128] = ("google_connection_options", Group.Octets("parameter.google.connection_options", "Google Connection options"), ""),
        [0x3129] = ("google_user_agent", Group.Text("parameter.google.user_agent", "Google UserAgent"), ""),
        [SupportHandshakeDone] = ("google_support_handshake_done", null, ""),
        [KeyUpdateNotYetSupported] = ("google_key_update_not_yet_supported", null, ""),
        [GoogleQuicParameters] = ("google_quic_params", null, ""),
        [GoogleQuicVersion] = ("google_quic_version", null, ""),
        [0x7157] = ("enable_time_stamp", null, ""),
        [0x7158] = ("enable_time_stamp_v2", Group.Unsigned("parameter.enable_time_stamp_v2", "Enable TimestampV2", 64, QuicNames.TimeStamps), ""),
        [0xde1a] = ("min_ack_delay", MinimumDelay, ""),
        [0xff03de1a] = ("min_ack_delay", MinimumDelay, ""),
        [0xff00] = ("facebook_partial_reliability", Reliability, ""),
    };

    private static Field Number(string name, string label) => Group.Unsigned($"parameter.{name}", label, 64);

    /// <summary>Reads the parameters.</summary>
    /// <param name="dissection">The message.</param>
    /// <param name="session">What is remembered of the session.</param>
    /// <param name="at">Where they begin.</param>
    /// <param name="end">Where they end.</param>
    /// <param name="isClient">Whether they are the client's.</param>
    internal static void Read(ref Dissection dissection, TlsSession session, int at, int end, bool isClient)
    {
        // Until draft 26 they had lengths of two octets, and one of all of them.
        bool isOld = end - at >= 6 && 2 + dissection.U16(at) == end - at && 6 + dissection.U16(at + 4) <= end - at;
        if (isOld)
        {
            dissection.Number(Length, at, 2);
            at += 2;
        }

        while (at < end && dissection.Need(at, end - at))
        {
            int start = at;
            if (!TryTake(ref dissection, isOld, ref at, end, out ulong type))
                return;
            int typeEnd = at;
            if (!TryTake(ref dissection, isOld, ref at, end, out ulong length) || length > (ulong)(end - at))
                return;
            ReadParameter(ref dissection, session, isOld, start, typeEnd, type, at, (int)length, isClient);
            at += (int)length;
        }
    }

    private static bool TryTake(ref Dissection dissection, bool isOld, ref int at, int end, out ulong number)
    {
        if (!isOld)
            return QuicFrames.TryNumber(ref dissection, ref at, out number) && at <= end;
        number = dissection.U16(at);
        at += 2;
        return at <= end;
    }

    private static void ReadParameter(ref Dissection dissection, TlsSession session, bool isOld, int start, int typeEnd, ulong type, int at, int length, bool isClient)
    {
        PacketFields fields = dissection.Fields;
        bool isKnown = Parameters.TryGetValue(type, out (string Name, Field? Field, string Unit) known);
        string name = isKnown ? known.Name : IsGrease(type) ? "GREASE" : "Unknown";
        string head = isKnown || IsGrease(type) ? name : $"Unknown 0x{type:x4}";
        byte depth = fields.Depth;
        if (fields.IsWanted(FrameFields.Text))
            dissection.Label($"Parameter: {head} (len={length})");
        int parameter = fields.Last;
        fields.Depth++;
        fields.Add(Type, type, start, typeEnd - start);
        fields.Say($"Type: {name} (0x{type:x2})");
        fields.Add(isOld ? ParameterLengthBefore : ParameterLength, (ulong)length, typeEnd, at - typeEnd);
        dissection.Part(Value, at, length);
        switch (known.Field)
        {
            case null:
                ReadSpecial(ref dissection, type, parameter, at, length, isClient);
                break;
            case { Kind: FieldKind.Unsigned } field:
                int end = at;
                if (!QuicFrames.TryNumber(ref dissection, ref end, out ulong number) || end > at + length)
                    break;
                fields.Add(field, number, at, end - at);
                if (type == LossBits)
                    session.LossBits = number;
                if (field.ValueNames is null && type != LossBits && field != Exponent && field != Reliability)
                    fields.SayMoreOf(parameter, $" {number}{known.Unit}");
                break;
            case { } field:
                dissection.Part(field, at, length);
                if (field == ConnectionReset && length == ResetTokenLength && dissection.Has(at, length))
                    session.ResetToken = dissection.Octets.Slice(at, length).ToArray();
                break;
        }

        fields.Depth = depth;
    }

    private static void ReadSpecial(ref Dissection dissection, ulong type, int parameter, int at, int length, bool isClient)
    {
        int end = at + length;
        switch (type)
        {
            case PreferredAddress when length >= 25:
                ReadPreferredAddress(ref dissection, at, end);
                break;
            case VersionInformation when length >= VersionLength:
                dissection.Number(ChosenVersion, at, VersionLength);
                for (at += VersionLength; at + VersionLength <= end; at += VersionLength)
                    dissection.Number(OtherVersion, at, VersionLength);
                break;
            case CibirEncoding:
                ulong idLength = AddNumber(ref dissection, CibirLength, ref at, end);
                ulong idOffset = AddNumber(ref dissection, CibirOffset, ref at, end);
                dissection.Fields.SayMoreOf(parameter, $" Length: {idLength}, Offset: {idOffset}");
                break;
            case SupportHandshakeDone:
                dissection.Fields.Add(HandshakeDone, 0, at, length);
                break;
            case KeyUpdateNotYetSupported:
                dissection.Fields.Add(KeyUpdateUnsupported, 0, at, length);
                break;
            case GoogleQuicParameters:
                dissection.Part(GoogleParameters, at, length);
                if (length >= 4)
                    dissection.Part(GoogleUnknown, at, 4);
                break;
            case GoogleQuicVersion when length >= VersionLength:
                dissection.Number(GoogleVersion, at, VersionLength);
                if (isClient || length == VersionLength)
                    break;
                dissection.Number(GoogleVersionsLength, at + VersionLength, 1);
                for (at += VersionLength + 1; at + VersionLength <= end; at += VersionLength)
                    dissection.Number(GoogleSupported, at, VersionLength);
                break;
        }
    }

    // RFC 9000, section 18.2.
    private static void ReadPreferredAddress(ref Dissection dissection, int at, int end)
    {
        dissection.Ipv4(Ipv4, at);
        dissection.Number(Ipv4Port, at + 4, 2);
        dissection.Part(Ipv6, at + 6, 16);
        dissection.Number(Ipv6Port, at + 22, 2);
        dissection.Number(IdLength, at + 24, 1);
        int length = dissection.U8(at + 24);
        if (at + 25 + length + ResetTokenLength > end)
            return;
        dissection.Part(Id, at + 25, length);
        dissection.Part(ResetToken, at + 25 + length, ResetTokenLength);
    }

    private static ulong AddNumber(ref Dissection dissection, Field field, ref int at, int end)
    {
        int start = at;
        if (at >= end || !QuicFrames.TryNumber(ref dissection, ref at, out ulong number))
            return 0;
        dissection.Fields.Add(field, number, start, at - start);
        return number;
    }

    // RFC 9000, section 18.1.
    private static bool IsGrease(ulong type) => type >= 27 && (type - 27) % 31 == 0;
}
