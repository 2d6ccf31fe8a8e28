using System.Buffers;
using System.Globalization;
using System.Text;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>Reads trust anchors from text: DS and DNSKEY records as in a zone file, or statements of BIND.</summary>
/// <remarks>
/// Of BIND the statements <c>trust-anchors</c>, <c>managed-keys</c> and <c>trusted-keys</c> are read and others left out.
/// Source: named.conf(5); delv(1), "-a".
/// </remarks>
public static class TrustAnchorText
{
    private static readonly string[] Statements = ["trust-anchors", "managed-keys", "trusted-keys"];

    /// <summary>Reads anchors.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="anchors">What was read; empty if nothing could be.</param>
    /// <returns>What is wrong, in words; null if every anchor could be read and there is one at least.</returns>
    public static string? Read(string text, out TrustAnchors anchors)
    {
        anchors = new TrustAnchors();
        string plain = text.Contains('{', StringComparison.Ordinal) ? "" : text;
        string? problem = plain.Length == 0 ? ToZoneFile(text, out plain) : null;
        return problem ?? ReadZoneFile(plain, anchors);
    }

    private static string? ReadZoneFile(string text, TrustAnchors anchors)
    {
        var zone = new ZoneFileReader(Encoding.UTF8.GetBytes($"$TTL 0\n{text}\n"));
        OperationStatus status;
        while ((status = zone.Read(out DnsRecord record)) is not OperationStatus.NeedMoreData)
        {
            if (status is not OperationStatus.Done)
                return $"line {(zone.Error!.Line - 1).ToString(CultureInfo.InvariantCulture)}: {zone.Error.Message}";
            if (!anchors.Add(DomainName.From(record.Owner), record.Type, record.Data))
                return $"{record.Owner.ToString()} {record.Type.Mnemonic} cannot be a trust anchor: expected DS or DNSKEY";
        }

        return anchors.Zones.Count == 0 ? "there is no trust anchor in it" : null;
    }

    // "NAME [initial-key] 257 3 8 "KEY";" becomes "NAME IN DNSKEY 257 3 8 KEY", with -ds "NAME IN DS …".
    private static string? ToZoneFile(string text, out string zoneFile)
    {
        var lines = new StringBuilder();
        string bare = WithoutComments(text);
        int position = 0;
        while (position < bare.Length && bare.IndexOf('{', position) is >= 0 and var open)
        {
            int end = bare.IndexOf('}', open);
            if (end < 0)
                break;

            string statement = bare[position..open].Trim(' ', '\t', '\r', '\n', ';');
            position = end + 1;
            if (!Statements.Contains(statement, StringComparer.Ordinal))
                continue;

            foreach (string anchor in bare[(open + 1)..end].Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                string[] words = anchor.Replace("\"", " ", StringComparison.Ordinal).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                bool hasKind = words.Length > 1 && !char.IsAsciiDigit(words[1][0]);
                string type = hasKind && words[1].EndsWith("-ds", StringComparison.Ordinal) ? "DS" : "DNSKEY";
                if (hasKind && words[1] is not ("initial-key" or "static-key" or "initial-ds" or "static-ds"))
                {
                    zoneFile = "";
                    return $"{words[1]} is no kind of trust anchor";
                }

                lines.AppendLine(CultureInfo.InvariantCulture, $"{words[0].TrimEnd('.')}. IN {type} {string.Join(' ', words.Skip(hasKind ? 2 : 1))}");
            }
        }

        zoneFile = lines.ToString();
        return null;
    }

    private static string WithoutComments(string text)
    {
        var bare = new StringBuilder(text.Length);
        bool isQuoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            char next = i + 1 < text.Length ? text[i + 1] : '\0';
            isQuoted ^= text[i] == '"';
            if (!isQuoted && (text[i] == '#' || (text[i] == '/' && next == '/')))
            {
                int end = text.IndexOf('\n', i);
                i = end < 0 ? text.Length : end;
            }
            else if (!isQuoted && text[i] == '/' && next == '*')
            {
                int end = text.IndexOf("*/", i + 2, StringComparison.Ordinal);
                i = end < 0 ? text.Length : end + 1;
            }
            else
            {
                bare.Append(text[i]);
            }
        }

        return bare.ToString();
    }
}
