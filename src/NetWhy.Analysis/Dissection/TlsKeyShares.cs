using NetWhy.Wire.Tls;

namespace NetWhy.Analysis.Dissection;

/// <summary>Extensions that agree on keys. Source: RFC 8446, sections 4.2.8, 4.2.9 and 4.2.11.</summary>
internal static class TlsKeyShares
{
    private const int MostShort = ushort.MaxValue;

    /// <summary>Reads public keys.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="message">The message that they are in.</param>
    /// <param name="at">Where the extension's data begins; afterwards up to where it was read.</param>
    /// <param name="end">Where it ends.</param>
    internal static void ReadShares(ref Dissection dissection, HandshakeType message, ref int at, int end)
    {
        if (at >= end)
            return;
        dissection.Label("Key Share extension");
        dissection.Fields.Depth++;
        switch (message)
        {
            case HandshakeType.ClientHello:
                ReadOfferedShares(ref dissection, ref at, end);
                break;
            case HandshakeType.ServerHello:
                ReadShare(ref dissection, ref at, end);
                break;
            case TlsExtensions.RetryRequest:
                dissection.Number(TlsFields.KeyShareSelected, at, 2);
                at += 2;
                break;
        }

        dissection.Fields.Depth--;
    }

    private static void ReadOfferedShares(ref Dissection dissection, ref int at, int end)
    {
        if (!TlsVector.TryRead(ref dissection, TlsFields.KeyShareLength, ref at, end, 0, MostShort, out int length))
        {
            at = end;
            return;
        }

        int next = at + length;
        while (at + 4 <= next)
            ReadShare(ref dissection, ref at, next);
        TlsVector.End(ref dissection, at, next);
        at = next;
    }

    /// <summary>Reads a public key.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="at">Where it begins; afterwards where it ends.</param>
    /// <param name="end">Where what it lies in ends.</param>
    internal static void ReadShare(ref Dissection dissection, ref int at, int end)
    {
        ushort group = dissection.U16(at);
        int length = dissection.U16(at + 2);
        bool isWhole = end - at >= 4 && end - at - 4 >= length;
        string name = TlsNames.Group.GetValueOrDefault((ulong)group) ?? $"Unknown ({group})";
        dissection.Fields.AddText(FrameFields.Text, $"Key Share Entry: Group: {name}{(isWhole ? $", Key Exchange length: {length}" : "")}");
        dissection.Fields.Depth++;
        dissection.Number(TlsFields.KeyShareGroup, at, 2);
        at += 2;
        if (!TlsVector.TryReadValue(ref dissection, TlsFields.KeyShareKeyLength, TlsFields.KeyShareKey, ref at, end, 1, MostShort))
            at = end;
        dissection.Fields.Depth--;
    }

    /// <summary>Reads keys that both sides know already.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="message">The message that they are in.</param>
    /// <param name="at">Where the extension's data begins; afterwards up to where it was read.</param>
    /// <param name="end">Where it ends.</param>
    internal static void ReadSharedKeys(ref Dissection dissection, HandshakeType message, ref int at, int end)
    {
        dissection.Label("Pre-Shared Key extension");
        dissection.Fields.Depth++;
        if (message is HandshakeType.ServerHello)
        {
            dissection.Number(TlsFields.ChosenKey, at, 2);
            at += 2;
        }
        else if (message is HandshakeType.ClientHello)
        {
            ReadOffers(ref dissection, ref at, end);
        }

        dissection.Fields.Depth--;
    }

    private static void ReadOffers(ref Dissection dissection, ref int at, int end)
    {
        if (!TlsVector.TryRead(ref dissection, TlsFields.SharedKeysLength, ref at, end, 7, MostShort, out int length))
        {
            at = end;
            return;
        }

        int next = at + length;
        while (at < next)
        {
            dissection.Fields.AddText(FrameFields.Text, $"PSK Identity (length: {dissection.U16(at)})");
            dissection.Fields.Depth++;
            bool isThere = TlsVector.TryReadValue(ref dissection, TlsFields.SharedKeyLength, TlsFields.SharedKey, ref at, next, 1, MostShort);
            if (isThere)
                dissection.Number(TlsFields.SharedKeyAge, at, 4);
            at += 4;
            dissection.Fields.Depth--;
            if (isThere)
                continue;
            at = next;
            return;
        }

        TlsVector.End(ref dissection, at, next);
        at = next;
        if (!TlsVector.TryRead(ref dissection, TlsFields.BindersLength, ref at, end, 33, MostShort, out length))
        {
            at = end;
            return;
        }

        dissection.Fields.Add(TlsFields.Binders, 0, at, length);
        at += length;
    }

    /// <summary>Reads how such keys may be used.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="at">Where the extension's data begins; afterwards up to where it was read.</param>
    /// <param name="end">Where it ends.</param>
    internal static void ReadModes(ref Dissection dissection, ref int at, int end)
    {
        if (!TlsVector.TryRead(ref dissection, TlsFields.SharedKeyModesLength, ref at, end, 1, byte.MaxValue, out int length))
        {
            at = end;
            return;
        }

        for (; length > 0; length--)
            dissection.Number(TlsFields.SharedKeyMode, at++, 1);
    }
}
