using NetWhy.Analysis.Fields;
using NetWhy.Wire.Tls;

namespace NetWhy.Analysis.Dissection;

/// <summary>Extensions of certificates. Source: RFC 5280, section 4.2.</summary>
internal static class CertificateExtensions
{
    private const byte Context = 0xa0;
    private const byte Primitive = 0x80;
    private const byte NumberMask = 0x1f;

    /// <summary>Reads what an extension says.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="name">What it is.</param>
    /// <param name="value">What it holds.</param>
    internal static void Read(ref Dissection dissection, string name, in DerPart value)
    {
        if (name is "1.3.6.1.4.1.11129.2.4.2") // RFC 6962, section 3.3
        {
            dissection.Fields.AddLayer(TlsFields.Group.Protocol.Name);
            if (new DerParts(dissection.Octets, value).Next(DerReader.OctetString, out DerPart list))
                _ = CertificateTimestamps.Read(ref dissection, list.At, list.At + list.Length, TlsSession.Version12);
            return;
        }

        if (!new DerParts(dissection.Octets, value).Next(out DerPart part) || LayerOf(name) is not { } layer)
            return;
        dissection.Fields.AddLayer(layer.Protocol.Name);
        switch (name)
        {
            case "2.5.29.14":
                CertificateDissector.Add(ref dissection, CertificateFields.SubjectKeyIdentifier, part);
                break;
            case "2.5.29.15":
                AddUsage(ref dissection, part);
                break;
            case "2.5.29.16":
                AddPeriod(ref dissection, part);
                break;
            case "2.5.29.17" or "2.5.29.18":
                AddNames(ref dissection, CertificateFields.GeneralNames, part);
                break;
            case "2.5.29.19":
                AddConstraints(ref dissection, part);
                break;
            case "2.5.29.31":
                AddPoints(ref dissection, part);
                break;
            case "2.5.29.32" or "1.3.6.1.4.1.311.21.10":
                AddPolicies(ref dissection, part);
                break;
            case "2.5.29.35":
                AddAuthorityKey(ref dissection, part);
                break;
            case "2.5.29.37":
                AddPurposes(ref dissection, part);
                break;
            case "1.3.6.1.5.5.7.1.1":
                AddAccess(ref dissection, part);
                break;
            case "1.3.6.1.4.1.311.20.2":
                CertificateDissector.AddText(ref dissection, CertificateFields.BmpSyntax, part);
                break;
            case "1.3.6.1.4.1.311.21.1":
                CertificateDissector.AddInteger(ref dissection, CertificateFields.IntegerSyntax, part);
                break;
        }
    }

    private static FieldGroup? LayerOf(string name) => name switch
    {
        "2.5.29.14" or "2.5.29.15" or "2.5.29.16" or "2.5.29.17" or "2.5.29.18" or "2.5.29.19" or "2.5.29.31" or "2.5.29.32" or "2.5.29.35" or "2.5.29.37" or "1.3.6.1.4.1.311.21.10" => CertificateFields.Extensions,
        "1.3.6.1.5.5.7.1.1" => CertificateFields.Implicit,
        "1.3.6.1.4.1.311.20.2" or "1.3.6.1.4.1.311.21.1" => CertificateFields.Attributes,
        _ => null,
    };

    private static void AddUsage(ref Dissection dissection, in DerPart part)
    {
        if (part.Tag != DerReader.BitString || part.Length < 1)
            return;
        CertificateDissector.AddBits(ref dissection, CertificateFields.KeyUsage, part);
        dissection.Fields.Depth++;
        for (int bit = 0; bit < CertificateFields.KeyUsages.Length; bit++)
        {
            int at = 1 + (bit / 8);
            bool isSet = at < part.Length && (dissection.U8(part.At + at) & (0x80 >> (bit % 8))) != 0;
            dissection.Fields.Add(CertificateFields.KeyUsages[bit], isSet ? 1UL : 0, part.At + 1, 1);
        }

        dissection.Fields.Depth--;
    }

    private static void AddPeriod(ref Dissection dissection, in DerPart part)
    {
        CertificateDissector.Open(ref dissection, CertificateFields.UsagePeriod, part);
        var parts = new DerParts(dissection.Octets, part);
        while (parts.Next(out DerPart time))
        {
            if (DerReader.TryReadTime(DerReader.GeneralizedTime, CertificateDissector.OctetsOf(dissection, time), out DateTimeOffset at))
                dissection.Fields.Add((time.Tag & NumberMask) == 0 ? CertificateFields.UsedFrom : CertificateFields.UsedUntil, (ulong)(at.ToUnixTimeSeconds() * 1_000_000_000), time.At, time.Length);
        }

        dissection.Fields.Depth--;
    }

    private static void AddNames(ref Dissection dissection, Field count, in DerPart part)
    {
        CertificateDissector.AddCount(ref dissection, count, part);
        dissection.Fields.Depth++;
        var names = new DerParts(dissection.Octets, part);
        while (names.Next(out DerPart name))
            AddName(ref dissection, CertificateFields.GeneralName, name);
        dissection.Fields.Depth--;
    }

    private static void AddName(ref Dissection dissection, Field choice, in DerPart name)
    {
        dissection.Fields.Add(choice, (ulong)(name.Tag & NumberMask), name.At, name.Length);
        dissection.Fields.Depth++;
        CertificateDissector.ReadGeneralName(ref dissection, name);
        dissection.Fields.Depth--;
    }

    private static void AddConstraints(ref Dissection dissection, in DerPart part)
    {
        CertificateDissector.Open(ref dissection, CertificateFields.Constraints, part);
        var parts = new DerParts(dissection.Octets, part);
        while (parts.Next(out DerPart constraint))
        {
            if (constraint.Tag == DerReader.Boolean)
                CertificateDissector.AddBoolean(ref dissection, CertificateFields.IsAuthority, constraint);
            else if (constraint.Tag == DerReader.Integer)
                CertificateDissector.AddInteger(ref dissection, CertificateFields.PathLength, constraint);
        }

        dissection.Fields.Depth--;
    }

    private static void AddPoints(ref Dissection dissection, in DerPart part)
    {
        CertificateDissector.AddCount(ref dissection, CertificateFields.DistributionPoints, part);
        dissection.Fields.Depth++;
        var points = new DerParts(dissection.Octets, part);
        while (points.Next(DerReader.Sequence, out DerPart point))
        {
            CertificateDissector.Open(ref dissection, CertificateFields.DistributionPoint, point);
            var parts = new DerParts(dissection.Octets, point);
            while (parts.Next(out DerPart inner))
                AddPointPart(ref dissection, inner);
            dissection.Fields.Depth--;
        }

        dissection.Fields.Depth--;
    }

    private static void AddPointPart(ref Dissection dissection, in DerPart part)
    {
        if (part.Tag == Context + 2)
        {
            AddNames(ref dissection, CertificateFields.RevocationIssuer, part);
            return;
        }

        if (part.Tag != Context || !new DerParts(dissection.Octets, part).Next(out DerPart name))
            return;
        dissection.Fields.Add(CertificateFields.DistributionName, (ulong)(name.Tag & NumberMask), name.At, name.Length);
        dissection.Fields.Depth++;
        if (name.Tag == Context)
            AddNames(ref dissection, CertificateFields.FullName, name);
        dissection.Fields.Depth--;
    }

    private static void AddPolicies(ref Dissection dissection, in DerPart part)
    {
        CertificateDissector.AddCount(ref dissection, CertificateFields.Policies, part);
        dissection.Fields.Depth++;
        var policies = new DerParts(dissection.Octets, part);
        while (policies.Next(DerReader.Sequence, out DerPart policy))
        {
            CertificateDissector.Open(ref dissection, CertificateFields.Policy, policy);
            var parts = new DerParts(dissection.Octets, policy);
            if (parts.Next(DerReader.ObjectIdentifier, out DerPart id))
                _ = CertificateDissector.AddIdentifier(ref dissection, CertificateFields.PolicyId, id);
            if (parts.Next(DerReader.Sequence, out DerPart qualifiers))
                AddQualifiers(ref dissection, qualifiers);
            dissection.Fields.Depth--;
        }

        dissection.Fields.Depth--;
    }

    private static void AddQualifiers(ref Dissection dissection, in DerPart part)
    {
        CertificateDissector.AddCount(ref dissection, CertificateFields.Qualifiers, part);
        dissection.Fields.Depth++;
        var qualifiers = new DerParts(dissection.Octets, part);
        while (qualifiers.Next(DerReader.Sequence, out DerPart qualifier))
        {
            CertificateDissector.Open(ref dissection, CertificateFields.Qualifier, qualifier);
            var parts = new DerParts(dissection.Octets, qualifier);
            if (parts.Next(DerReader.ObjectIdentifier, out DerPart id))
            {
                string name = CertificateDissector.AddIdentifier(ref dissection, CertificateFields.QualifierId, id);
                if (parts.Next(out DerPart value))
                    AddQualifier(ref dissection, name, value);
            }

            dissection.Fields.Depth--;
        }

        dissection.Fields.Depth--;
    }

    private static void AddQualifier(ref Dissection dissection, string name, in DerPart value)
    {
        switch (name)
        {
            case "1.3.6.1.5.5.7.2.1":
                dissection.Fields.AddLayer(CertificateFields.Explicit.Protocol.Name);
                CertificateDissector.AddText(ref dissection, CertificateFields.PracticeStatement, value);
                break;
            case "1.3.6.1.5.5.7.2.2":
                dissection.Fields.AddLayer(CertificateFields.Implicit.Protocol.Name);
                AddNotice(ref dissection, value);
                break;
        }
    }

    private static void AddNotice(ref Dissection dissection, in DerPart notice)
    {
        CertificateDissector.Open(ref dissection, CertificateFields.Notice, notice);
        var parts = new DerParts(dissection.Octets, notice);
        while (parts.Next(out DerPart part))
        {
            if (part.Tag == DerReader.Sequence)
                AddReference(ref dissection, part);
            else
                AddNoticeText(ref dissection, CertificateFields.NoticeText, part);
        }

        dissection.Fields.Depth--;
    }

    private static void AddReference(ref Dissection dissection, in DerPart reference)
    {
        CertificateDissector.Open(ref dissection, CertificateFields.NoticeReference, reference);
        var parts = new DerParts(dissection.Octets, reference);
        if (parts.Next(out DerPart organization))
            AddNoticeText(ref dissection, CertificateFields.NoticeOrganization, organization);
        if (parts.Next(DerReader.Sequence, out DerPart numbers))
        {
            CertificateDissector.AddCount(ref dissection, CertificateFields.NoticeNumbers, numbers);
            dissection.Fields.Depth++;
            var each = new DerParts(dissection.Octets, numbers);
            while (each.Next(DerReader.Integer, out DerPart number))
                CertificateDissector.AddInteger(ref dissection, CertificateFields.NoticeNumber, number);
            dissection.Fields.Depth--;
        }

        dissection.Fields.Depth--;
    }

    private static void AddNoticeText(ref Dissection dissection, Field choice, in DerPart text)
    {
        (ulong number, Field? field) = text.Tag switch
        {
            0x16 => (0UL, CertificateFields.NoticeIa5),
            0x1a => (1UL, CertificateFields.NoticeVisible),
            0x1e => (2UL, CertificateFields.NoticeBmp),
            0x0c => (3UL, CertificateFields.NoticeUtf8),
            _ => (0UL, (Field?)null),
        };
        if (field is null)
            return;
        dissection.Fields.Add(choice, number, text.At, text.Length);
        dissection.Fields.Depth++;
        CertificateDissector.AddText(ref dissection, field, text);
        dissection.Fields.Depth--;
    }

    private static void AddAuthorityKey(ref Dissection dissection, in DerPart part)
    {
        CertificateDissector.Open(ref dissection, CertificateFields.AuthorityKeyIdentifier, part);
        var parts = new DerParts(dissection.Octets, part);
        while (parts.Next(out DerPart inner))
        {
            switch (inner.Tag)
            {
                case Primitive:
                    CertificateDissector.Add(ref dissection, CertificateFields.KeyIdentifier, inner);
                    break;
                case Context + 1:
                    AddNames(ref dissection, CertificateFields.AuthorityIssuer, inner);
                    break;
                case Primitive + 2:
                    CertificateDissector.AddLong(ref dissection, CertificateFields.AuthoritySerialNumber, inner);
                    break;
            }
        }

        dissection.Fields.Depth--;
    }

    private static void AddPurposes(ref Dissection dissection, in DerPart part)
    {
        CertificateDissector.AddCount(ref dissection, CertificateFields.Purposes, part);
        dissection.Fields.Depth++;
        var purposes = new DerParts(dissection.Octets, part);
        while (purposes.Next(DerReader.ObjectIdentifier, out DerPart purpose))
            _ = CertificateDissector.AddIdentifier(ref dissection, CertificateFields.Purpose, purpose);
        dissection.Fields.Depth--;
    }

    private static void AddAccess(ref Dissection dissection, in DerPart part)
    {
        CertificateDissector.AddCount(ref dissection, CertificateFields.AccessList, part);
        dissection.Fields.Depth++;
        var descriptions = new DerParts(dissection.Octets, part);
        while (descriptions.Next(DerReader.Sequence, out DerPart description))
        {
            CertificateDissector.Open(ref dissection, CertificateFields.Access, description);
            var parts = new DerParts(dissection.Octets, description);
            if (parts.Next(DerReader.ObjectIdentifier, out DerPart method))
                _ = CertificateDissector.AddIdentifier(ref dissection, CertificateFields.AccessMethod, method);
            if (parts.Next(out DerPart location))
                AddName(ref dissection, CertificateFields.AccessLocation, location);
            dissection.Fields.Depth--;
        }

        dissection.Fields.Depth--;
    }
}
