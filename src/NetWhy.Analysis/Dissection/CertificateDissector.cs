using System.Buffers;
using System.Globalization;
using System.Text;
using NetWhy.Analysis.Fields;
using NetWhy.Wire.Tls;

namespace NetWhy.Analysis.Dissection;

/// <summary>X.509 certificates. What is not as it should be ends the part that it is in. Source: RFC 5280.</summary>
internal static class CertificateDissector
{
    private const int LongestName = 1024; // characters
    private const byte Context = 0xa0; // constructed, with the number added
    private const byte Primitive = 0x80; // the same, primitive
    private const byte NumberMask = 0x1f;
    private const string RsaKey = "1.2.840.113549.1.1.1";
    private const string RsaPss = "1.2.840.113549.1.1.10";
    private const string EllipticKey = "1.2.840.10045.2.1";

    /// <summary>Reads a certificate.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="at">Where it begins.</param>
    /// <param name="length">Its octets.</param>
    /// <param name="line">The place of its own value, whose line says whose it is; -1 for none.</param>
    internal static void Read(ref Dissection dissection, int at, int length, int line = -1)
    {
        if (!dissection.Need(at, length))
            return;
        var whole = new DerParts(dissection.Octets, at, length);
        if (!whole.Next(DerReader.Sequence, out DerPart certificate))
            return;
        var parts = new DerParts(dissection.Octets, certificate);
        if (!parts.Next(DerReader.Sequence, out DerPart signed))
            return;
        ReadSigned(ref dissection, signed, line);
        if (!parts.Next(DerReader.Sequence, out DerPart algorithm))
            return;
        ReadAlgorithm(ref dissection, CertificateFields.SignatureAlgorithm, algorithm);
        if (parts.Next(DerReader.BitString, out DerPart signature))
            AddBits(ref dissection, CertificateFields.Encrypted, signature);
    }

    private static void ReadSigned(ref Dissection dissection, in DerPart signed, int line)
    {
        Open(ref dissection, CertificateFields.Signed, signed);
        var parts = new DerParts(dissection.Octets, signed);
        _ = parts.Next(out DerPart part);
        if (part.Tag == Context)
        {
            if (new DerParts(dissection.Octets, part).Next(DerReader.Integer, out DerPart version))
                AddInteger(ref dissection, CertificateFields.Version, version);
            _ = parts.Next(out part);
        }

        if (part.Tag == DerReader.Integer)
            AddLong(ref dissection, CertificateFields.SerialNumber, part);
        if (parts.Next(DerReader.Sequence, out DerPart algorithm))
            ReadAlgorithm(ref dissection, CertificateFields.Signature, algorithm);
        if (parts.Next(DerReader.Sequence, out DerPart issuer))
            _ = ReadName(ref dissection, CertificateFields.Issuer, CertificateFields.NameSequence, issuer);
        if (parts.Next(DerReader.Sequence, out DerPart validity))
            ReadValidity(ref dissection, validity);
        if (parts.Next(DerReader.Sequence, out DerPart subject))
        {
            string name = ReadName(ref dissection, CertificateFields.Subject, CertificateFields.SubjectSequence, subject);
            dissection.Fields.SayMoreOf(line, $" ({name})");
        }

        if (parts.Next(DerReader.Sequence, out DerPart key))
            ReadKey(ref dissection, key);
        while (parts.Next(out part))
        {
            switch (part.Tag)
            {
                case Primitive + 1:
                    AddBits(ref dissection, CertificateFields.IssuerUnique, part);
                    break;
                case Primitive + 2:
                    AddBits(ref dissection, CertificateFields.SubjectUnique, part);
                    break;
                case Context + 3 when new DerParts(dissection.Octets, part).Next(DerReader.Sequence, out DerPart extensions):
                    ReadExtensions(ref dissection, extensions);
                    break;
            }
        }

        dissection.Fields.Depth--;
    }

    private static string ReadAlgorithm(ref Dissection dissection, Field element, in DerPart algorithm)
    {
        Open(ref dissection, element, algorithm);
        int head = dissection.Fields.IsWanted(element) ? dissection.Fields.Last : -1;
        var parts = new DerParts(dissection.Octets, algorithm);
        string id = "";
        if (parts.Next(DerReader.ObjectIdentifier, out DerPart name))
        {
            id = AddIdentifier(ref dissection, CertificateFields.AlgorithmId, name);
            dissection.Fields.SayMoreOf(head, $" ({ObjectNames.NameOf(id)})");
        }

        if (parts.Next(out DerPart parameters) && id is EllipticKey or RsaPss)
        {
            dissection.Fields.AddLayer(CertificateFields.Keys.Protocol.Name);
            if (id is EllipticKey && parameters.Tag == DerReader.ObjectIdentifier)
            {
                dissection.Fields.Add(CertificateFields.Curve, 1, parameters.At, parameters.Length);
                dissection.Fields.Depth++;
                _ = AddIdentifier(ref dissection, CertificateFields.NamedCurve, parameters);
                dissection.Fields.Depth--;
            }
            else if (id is RsaPss)
            {
                ReadPss(ref dissection, parameters);
            }
        }

        dissection.Fields.Depth--;
        return id;
    }

    // RFC 4055, section 3.1.
    private static void ReadPss(ref Dissection dissection, in DerPart parameters)
    {
        Open(ref dissection, CertificateFields.PssParameters, parameters);
        var parts = new DerParts(dissection.Octets, parameters);
        while (parts.Next(out DerPart part))
        {
            if (!new DerParts(dissection.Octets, part).Next(out DerPart inner))
                break;
            if (part.Tag is Context or Context + 1 && inner.Tag == DerReader.Sequence)
                ReadAlgorithm(ref dissection, part.Tag == Context ? CertificateFields.HashAlgorithm : CertificateFields.MaskAlgorithm, inner);
            else if (part.Tag == Context + 2)
                AddInteger(ref dissection, CertificateFields.SaltLength, inner);
        }

        dissection.Fields.Depth--;
    }

    /// <summary>Reads a name of X.500.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="field">Its field.</param>
    /// <param name="name">The name, with its tag.</param>
    internal static void ReadNameAt(ref Dissection dissection, Field field, (int At, int Length) name)
    {
        if (dissection.Need(name.At, name.Length) && new DerParts(dissection.Octets, name.At, name.Length).Next(DerReader.Sequence, out DerPart sequence))
            _ = ReadSequence(ref dissection, field, sequence);
    }

    private static string ReadName(ref Dissection dissection, Field choice, Field sequence, in DerPart name)
    {
        dissection.Fields.Add(choice, 0, name.At, name.Length);
        dissection.Fields.Depth++;
        string text = ReadSequence(ref dissection, sequence, name);
        dissection.Fields.Depth--;
        return text;
    }

    // Lines say what they hold, the last part of a name first.
    private static string ReadSequence(ref Dissection dissection, Field sequence, in DerPart name)
    {
        if (sequence.Kind is FieldKind.None)
            dissection.Fields.Add(sequence, 0, name.At, name.Length);
        else
            AddCount(ref dissection, sequence, name);
        int head = dissection.Fields.IsWanted(sequence) ? dissection.Fields.Last : -1;
        dissection.Fields.Depth++;
        var names = new DerParts(dissection.Octets, name);
        string whole = "";
        while (names.Next(DerReader.Set, out DerPart relative))
        {
            AddCount(ref dissection, CertificateFields.RelativeName, relative);
            int line = dissection.Fields.IsWanted(CertificateFields.RelativeName) ? dissection.Fields.Last : -1;
            dissection.Fields.Depth++;
            var attributes = new DerParts(dissection.Octets, relative);
            string one = "";
            while (attributes.Next(DerReader.Sequence, out DerPart attribute))
            {
                string text = ReadAttribute(ref dissection, attribute);
                one = one.Length > FieldLine.Longest ? one : one + text;
            }

            dissection.Fields.Depth--;
            dissection.Fields.SayMoreOf(line, $" ({one})");
            whole = whole.Length == 0 ? one : $"{one},{whole}";
            whole = whole.Length > LongestName ? whole[..LongestName] : whole; // its head alone is shown
        }

        dissection.Fields.Depth--;
        if (sequence.Kind is not FieldKind.None || whole.Length > 0)
            dissection.Fields.SayMoreOf(head, $" ({whole})");
        return whole;
    }

    private static string ReadAttribute(ref Dissection dissection, in DerPart attribute)
    {
        Open(ref dissection, CertificateFields.Attribute, attribute);
        int head = dissection.Fields.IsWanted(CertificateFields.Attribute) ? dissection.Fields.Last : -1;
        var parts = new DerParts(dissection.Octets, attribute);
        string text = "";
        if (parts.Next(DerReader.ObjectIdentifier, out DerPart id))
        {
            string name = AddIdentifier(ref dissection, CertificateFields.AttributeId, id);
            if (parts.Next(out DerPart value))
            {
                AddAttribute(ref dissection, name, value);
                if (dissection.Fields.AreTextsWanted)
                    text = $"{ObjectNames.NameOf(name)}={TextOf(OctetsOf(dissection, value))}";
                dissection.Fields.SayMoreOf(head, $" ({text})");
            }
        }

        dissection.Fields.Depth--;
        return text;
    }

    // As UTF-8, whatever it is.
    private static string TextOf(ReadOnlySpan<byte> octets)
    {
        var text = new ArrayBufferWriter<byte>();
        FieldText.WriteText(text, octets, isUtf8: true);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    // Sources: RFC 4519; RFC 5280, appendix A.
    private static void AddAttribute(ref Dissection dissection, string name, in DerPart value)
    {
        dissection.Fields.AddLayer(CertificateFields.Attributes.Protocol.Name);
        switch (name)
        {
            case "2.5.4.6" or "1.3.6.1.4.1.311.60.2.1.3":
                AddText(ref dissection, CertificateFields.CountryName, value);
                break;
            case "1.2.840.113549.1.9.1" or "0.9.2342.19200300.100.1.25":
                AddText(ref dissection, CertificateFields.Ia5Syntax, value);
                break;
            case "2.5.4.5":
                AddText(ref dissection, CertificateFields.PrintableSyntax, value);
                break;
            default:
                AddDirectoryString(ref dissection, value);
                break;
        }
    }

    private static void AddDirectoryString(ref Dissection dissection, in DerPart value)
    {
        (int choice, Field? field) = value.Tag switch
        {
            0x14 => (0, CertificateFields.TeletexString),
            0x13 => (1, CertificateFields.PrintableString),
            0x1c => (2, CertificateFields.UniversalString),
            0x1e => (3, CertificateFields.BmpString),
            0x0c => (4, CertificateFields.Utf8String),
            _ => (-1, (Field?)null),
        };
        if (field is null)
            return;
        dissection.Fields.Add(CertificateFields.DirectoryString, (ulong)choice, value.At, value.Length);
        dissection.Fields.Depth++;
        AddText(ref dissection, field, value);
        dissection.Fields.Depth--;
    }

    private static void ReadValidity(ref Dissection dissection, in DerPart validity)
    {
        Open(ref dissection, CertificateFields.Validity, validity);
        var parts = new DerParts(dissection.Octets, validity);
        if (parts.Next(out DerPart from))
            AddChosenTime(ref dissection, CertificateFields.NotBefore, from);
        if (parts.Next(out DerPart until))
            AddChosenTime(ref dissection, CertificateFields.NotAfter, until);
        dissection.Fields.Depth--;
    }

    private static void AddChosenTime(ref Dissection dissection, Field choice, in DerPart time)
    {
        bool isGeneralized = time.Tag == DerReader.GeneralizedTime;
        dissection.Fields.Add(choice, isGeneralized ? 1UL : 0, time.At, time.Length);
        dissection.Fields.Depth++;
        if (isGeneralized)
            AddTime(ref dissection, CertificateFields.GeneralizedTime, time);
        else if (DerReader.TryReadTime(time.Tag, OctetsOf(dissection, time), out DateTimeOffset at))
            dissection.Fields.AddMade(CertificateFields.UtcTime, Encoding.ASCII.GetBytes(at.ToString("yyyy-MM-dd HH:mm:ss '(UTC)'", CultureInfo.InvariantCulture)));
        dissection.Fields.Depth--;
    }

    private static void AddTime(ref Dissection dissection, Field field, in DerPart time)
    {
        if (DerReader.TryReadTime(DerReader.GeneralizedTime, OctetsOf(dissection, time), out DateTimeOffset at))
            dissection.Fields.Add(field, (ulong)(at.ToUnixTimeSeconds() * 1_000_000_000), time.At, time.Length);
    }

    private static void ReadKey(ref Dissection dissection, in DerPart key)
    {
        Open(ref dissection, CertificateFields.KeyInfo, key);
        ReadKeyParts(ref dissection, key);
        dissection.Fields.Depth--;
    }

    /// <summary>Reads a public key that does not lie in a certificate.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="at">Where it begins, with its tag.</param>
    /// <param name="length">How much there is at most.</param>
    /// <returns>Its octets; 0 if it is none.</returns>
    internal static int ReadKeyAt(ref Dissection dissection, int at, int length)
    {
        if (!dissection.Need(at, length) || !new DerParts(dissection.Octets, at, length).Next(DerReader.Sequence, out DerPart key))
            return 0;
        ReadKeyParts(ref dissection, key);
        return key.At + key.Length - at;
    }

    private static void ReadKeyParts(ref Dissection dissection, in DerPart key)
    {
        var parts = new DerParts(dissection.Octets, key);
        if (parts.Next(DerReader.Sequence, out DerPart algorithm))
        {
            string name = ReadAlgorithm(ref dissection, CertificateFields.Algorithm, algorithm);
            if (parts.Next(DerReader.BitString, out DerPart bits) && name is RsaKey)
                ReadRsaKey(ref dissection, bits);
            else if (bits.Tag == DerReader.BitString)
                AddBits(ref dissection, CertificateFields.PublicKey, bits);
        }
    }

    // RFC 8017, appendix A.1.1.
    private static void ReadRsaKey(ref Dissection dissection, in DerPart bits)
    {
        if (bits.Length < 1)
            return;
        dissection.Part(CertificateFields.PublicKey, bits.At + 1, bits.Length - 1);
        dissection.Fields.Depth++;
        if (new DerParts(dissection.Octets, bits.At + 1, bits.Length - 1).Next(DerReader.Sequence, out DerPart key))
        {
            var parts = new DerParts(dissection.Octets, key);
            if (parts.Next(DerReader.Integer, out DerPart modulus))
                AddLong(ref dissection, CertificateFields.Modulus, modulus);
            if (parts.Next(DerReader.Integer, out DerPart exponent))
                AddInteger(ref dissection, CertificateFields.PublicExponent, exponent);
        }

        dissection.Fields.Depth--;
    }

    private static void ReadExtensions(ref Dissection dissection, in DerPart extensions)
    {
        AddCount(ref dissection, CertificateFields.ExtensionCount, extensions);
        dissection.Fields.Depth++;
        var parts = new DerParts(dissection.Octets, extensions);
        while (parts.Next(DerReader.Sequence, out DerPart extension))
        {
            Open(ref dissection, CertificateFields.Extension, extension);
            ReadExtension(ref dissection, extension);
            dissection.Fields.Depth--;
        }

        dissection.Fields.Depth--;
    }

    private static void ReadExtension(ref Dissection dissection, in DerPart extension)
    {
        var parts = new DerParts(dissection.Octets, extension);
        if (!parts.Next(DerReader.ObjectIdentifier, out DerPart id))
            return;
        int head = dissection.Fields.Last;
        string name = AddIdentifier(ref dissection, CertificateFields.ExtensionId, id);
        dissection.Fields.SayMoreOf(head, $" ({ObjectNames.NameOf(name)})");
        if (!parts.Next(out DerPart value))
            return;
        if (value.Tag == DerReader.Boolean)
        {
            AddBoolean(ref dissection, CertificateFields.Critical, value);
            _ = parts.Next(out value);
        }

        if (value.Tag == DerReader.OctetString)
            CertificateExtensions.Read(ref dissection, name, value);
    }

    /// <summary>Reads the name that a general name is. Source: RFC 5280, section 4.2.1.6.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="name">The name.</param>
    internal static void ReadGeneralName(ref Dissection dissection, in DerPart name)
    {
        switch (name.Tag & NumberMask)
        {
            case 0:
                ReadOtherName(ref dissection, name);
                break;
            case 1:
                AddText(ref dissection, CertificateFields.MailName, name);
                break;
            case 2:
                AddText(ref dissection, CertificateFields.DnsName, name);
                break;
            case 4 when new DerParts(dissection.Octets, name).Next(DerReader.Sequence, out DerPart directory):
                _ = ReadName(ref dissection, CertificateFields.DirectoryName, CertificateFields.NameSequence, directory);
                break;
            case 6:
                AddText(ref dissection, CertificateFields.Uri, name);
                break;
            case 7 when name.Length == 4:
                dissection.Ipv4(CertificateFields.Ipv4, name.At);
                break;
            case 7:
                Add(ref dissection, name.Length == 16 ? CertificateFields.Ipv6 : CertificateFields.IpAddress, name);
                break;
            case 8:
                _ = AddIdentifier(ref dissection, CertificateFields.RegisteredId, name);
                break;
        }
    }

    private static void ReadOtherName(ref Dissection dissection, in DerPart name)
    {
        const string PrincipalName = "1.3.6.1.4.1.311.20.2.3";
        Open(ref dissection, CertificateFields.OtherName, name);
        var parts = new DerParts(dissection.Octets, name);
        if (parts.Next(DerReader.ObjectIdentifier, out DerPart id)
            && AddIdentifier(ref dissection, CertificateFields.OtherType, id) is PrincipalName && parts.Next(out DerPart tagged) && new DerParts(dissection.Octets, tagged).Next(out DerPart value))
        {
            dissection.Fields.AddLayer(CertificateFields.Attributes.Protocol.Name);
            AddText(ref dissection, CertificateFields.Utf8Syntax, value);
        }

        dissection.Fields.Depth--;
    }

    /// <summary>Adds a part that others lie in, which come next, one step deeper.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="field">Its field.</param>
    /// <param name="part">The part.</param>
    internal static void Open(ref Dissection dissection, Field field, in DerPart part)
    {
        dissection.Fields.Add(field, 0, part.At, part.Length);
        if (part.Length == 0)
            dissection.Fields.SayMore($" [0 length]");
        dissection.Fields.Depth++;
    }

    /// <summary>Adds a value as it lies.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="field">Its field.</param>
    /// <param name="part">The value.</param>
    internal static void Add(ref Dissection dissection, Field field, in DerPart part) => dissection.Part(field, part.At, part.Length);

    /// <summary>Adds a number that may be longer than 64 bits.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="field">Its field.</param>
    /// <param name="part">The number.</param>
    internal static void AddLong(ref Dissection dissection, Field field, in DerPart part)
    {
        const int MostShown = 36;
        Add(ref dissection, field, part);
        if (!dissection.Fields.AreTextsWanted)
            return;
        string cut = part.Length > MostShown ? "\u2026" : "";
        dissection.Fields.Say($"{field.Label}: 0x{Convert.ToHexStringLower(dissection.Octets.Slice(part.At, Math.Min(part.Length, MostShown)))}{cut}");
    }

    /// <summary>Adds text, as UTF-8.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="field">Its field.</param>
    /// <param name="part">The text.</param>
    internal static void AddText(ref Dissection dissection, Field field, in DerPart part)
    {
        if (part.Tag is 0x1e or 0x1c && field.IsUtf8)
            dissection.Fields.AddMade(field, Encoding.UTF8.GetBytes(DerReader.Text(part.Tag, OctetsOf(dissection, part))));
        else
            Add(ref dissection, field, part);
    }

    /// <summary>Adds a truth.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="field">Its field.</param>
    /// <param name="part">The truth.</param>
    internal static void AddBoolean(ref Dissection dissection, Field field, in DerPart part) =>
        dissection.Fields.Add(field, dissection.U8(part.At) != 0 ? 1UL : 0, part.At, part.Length);

    /// <summary>Adds a number.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="field">Its field.</param>
    /// <param name="part">The number: of one that is too large, nothing is added.</param>
    internal static void AddInteger(ref Dissection dissection, Field field, in DerPart part)
    {
        if (part.Length is < 1 or > 8 || (part.Length > 4 && field.Bits == 32))
            return;
        long value = (sbyte)dissection.U8(part.At);
        for (int place = 1; place < part.Length; place++)
            value = (value << 8) | dissection.U8(part.At + place);
        dissection.Fields.Add(field, (ulong)value, part.At, part.Length);
    }

    /// <summary>Adds bits, behind how many of the last octet are none.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="field">Their field.</param>
    /// <param name="part">The bits.</param>
    internal static void AddBits(ref Dissection dissection, Field field, in DerPart part)
    {
        if (part.Length < 1)
            return;
        dissection.Number(CertificateFields.BitPadding, part.At, 1);
        dissection.Part(field, part.At + 1, part.Length - 1);
    }

    /// <summary>Adds an object identifier.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="field">Its field.</param>
    /// <param name="part">The identifier.</param>
    /// <returns>It, with dots.</returns>
    internal static string AddIdentifier(ref Dissection dissection, Field field, in DerPart part)
    {
        string name = DerReader.Dotted(OctetsOf(dissection, part));
        dissection.Fields.AddMade(field, Encoding.ASCII.GetBytes(name));
        dissection.Fields.SayMore($" ({ObjectNames.NameOf(name)})");
        return name;
    }

    /// <summary>The octets of a value.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="part">The value.</param>
    internal static ReadOnlySpan<byte> OctetsOf(in Dissection dissection, in DerPart part) => dissection.Octets.Slice(part.At, part.Length);

    /// <summary>Adds how many values lie in one.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="field">The field.</param>
    /// <param name="part">The one.</param>
    internal static void AddCount(ref Dissection dissection, Field field, in DerPart part)
    {
        int count = Count(dissection, part);
        dissection.Fields.Add(field, (ulong)count, part.At, part.Length);
        dissection.Fields.SayMore($" item{(count == 1 ? "" : "s")}");
    }

    /// <summary>How many values lie in one.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="part">The value.</param>
    private static int Count(in Dissection dissection, in DerPart part)
    {
        var parts = new DerParts(dissection.Octets, part);
        int count = 0;
        while (parts.Next(out _))
            count++;
        return count;
    }
}

/// <summary>A value of DER.</summary>
/// <param name="Tag">Its tag; 0 of none.</param>
/// <param name="At">Where its contents begin in what is read.</param>
/// <param name="Length">Octets of its contents.</param>
internal readonly record struct DerPart(byte Tag, int At, int Length);

/// <summary>Walks the values that lie in one, and says where each lies.</summary>
/// <param name="octets">What is read.</param>
/// <param name="at">Where the values begin.</param>
/// <param name="length">Their octets.</param>
internal ref struct DerParts(ReadOnlySpan<byte> octets, int at, int length)
{
    private DerReader _reader = new(octets.Slice(at, length));
    private int _at = at;

    /// <summary>Walks the values in one.</summary>
    /// <param name="octets">What is read.</param>
    /// <param name="part">The one.</param>
    internal DerParts(ReadOnlySpan<byte> octets, in DerPart part)
        : this(octets, part.At, part.Length)
    {
    }

    /// <summary>Moves to the next value.</summary>
    /// <param name="part">The value.</param>
    /// <returns>Whether there is one.</returns>
    internal bool Next(out DerPart part)
    {
        part = default;
        if (_reader.Read() is not OperationStatus.Done)
            return false;
        part = new DerPart(_reader.Tag, _at + _reader.Whole.Length - _reader.Value.Length, _reader.Value.Length);
        _at += _reader.Whole.Length;
        return true;
    }

    /// <summary>Moves to the next value and checks its tag.</summary>
    /// <param name="tag">The tag that it must have.</param>
    /// <param name="part">The value.</param>
    /// <returns>Whether there is one with this tag.</returns>
    internal bool Next(byte tag, out DerPart part) => Next(out part) && part.Tag == tag;
}
