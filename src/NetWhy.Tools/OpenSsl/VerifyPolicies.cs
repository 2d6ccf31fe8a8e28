using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;
using NetWhy.Certificates;
using NetWhy.Linux;
using NetWhy.Wire.Tls;

namespace NetWhy.Tools.OpenSsl;

/// <summary>Tells of policies as openssl does. Source: policies_print, and X509_POLICY_NODE_print of OpenSSL 3.0.</summary>
internal static class VerifyPolicies
{
    /// <summary>The lines.</summary>
    /// <param name="tree">What a path says of policies.</param>
    internal static IEnumerable<string> Lines(OpenSslPolicyTree tree) =>
        [$"Require explicit Policy: {(tree.IsExplicit ? "True" : "False")}", .. Lines("Authority", tree.Authority), .. Lines("User", tree.User)];

    private static IEnumerable<string> Lines(string whose, IReadOnlyCollection<OpenSslPolicy> nodes)
    {
        yield return $"{whose} Policies:{(nodes.Count == 0 ? " <empty>" : "")}";
        foreach (OpenSslPolicy node in nodes)
        {
            yield return $"  Policy: {LibraryCertificate.ObjectIdentifierName(node.Id)}";
            yield return node.IsCritical ? "    Critical" : "    Non Critical";
            if (node.Qualifiers.IsEmpty)
                yield return "    No Qualifiers";
            foreach (string line in Qualifiers(node.Qualifiers.Span))
                yield return "    " + line;
        }
    }

    // Source: RFC 5280, section 4.2.1.4.
    private static List<string> Qualifiers(ReadOnlySpan<byte> octets)
    {
        const string Practice = "1.3.6.1.5.5.7.2.1", Notice = "1.3.6.1.5.5.7.2.2";
        List<string> lines = [];
        var all = new DerReader(octets);
        while (all.Read(DerReader.Sequence))
        {
            var qualifier = new DerReader(all.Value);
            if (!qualifier.Read(DerReader.ObjectIdentifier))
                continue;
            string id = DerReader.Dotted(qualifier.Value);
            bool hasMore = qualifier.Read() is OperationStatus.Done;
            if (id is Practice && hasMore)
            {
                lines.Add($"CPS: {Text(qualifier.Value)}");
            }
            else if (id is Notice && hasMore)
            {
                lines.Add("User Notice:");
                AddNotice(lines, qualifier.Value);
            }
            else
            {
                lines.Add($"  Unknown Qualifier: {LibraryCertificate.ObjectIdentifierName(id)}");
            }
        }

        return lines;
    }

    private static void AddNotice(List<string> lines, ReadOnlySpan<byte> octets)
    {
        var parts = new DerReader(octets);
        while (parts.Read() is OperationStatus.Done)
        {
            if (parts.Tag != DerReader.Sequence)
            {
                lines.Add($"  Explicit Text: {Text(parts.Value)}");
                continue;
            }

            var reference = new DerReader(parts.Value);
            if (reference.Read() is not OperationStatus.Done)
                continue;
            lines.Add($"  Organization: {Text(reference.Value)}");
            List<string> numbers = [];
            if (reference.Read(DerReader.Sequence))
            {
                var list = new DerReader(reference.Value);
                while (list.Read(DerReader.Integer))
                    numbers.Add(new BigInteger(list.Value, isBigEndian: true).ToString(CultureInfo.InvariantCulture));
            }

            lines.Add($"  Number{(numbers.Count > 1 ? "s" : "")}: {string.Join(", ", numbers)}");
        }
    }

    // As far as printf(3) prints it.
    private static string Text(ReadOnlySpan<byte> octets) => Encoding.UTF8.GetString(octets.IndexOf((byte)0) is >= 0 and var end ? octets[..end] : octets);
}
