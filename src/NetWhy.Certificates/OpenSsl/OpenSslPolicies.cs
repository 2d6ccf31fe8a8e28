using System.Collections.Immutable;

namespace NetWhy.Certificates;

/// <summary>Certificate policies along a path, by the tree that OpenSSL builds, and no larger than it lets it grow.</summary>
/// <remarks>Source: RFC 5280, section 6.1; X509_policy_check of OpenSSL 3.0, observed.</remarks>
internal sealed class OpenSslPolicies
{
    private const int MostNodes = 1000; // OPENSSL_POLICY_TREE_NODES_MAX

    private readonly List<Level> _levels = []; // that of the anchor first
    private int _nodes;

    private OpenSslPolicies()
    {
    }

    // 0, or NoExplicitPolicy, or InvalidPolicyExtension, or OutOfMemory where the tree would be too large.
    internal static int Check(IReadOnlyList<OpenSslCertificate> chain, OpenSslSettings settings, out OpenSslPolicyTree tree)
    {
        tree = new OpenSslPolicyTree(false, [], []);
        if (chain.Count == 1)
            return 0; // an anchor alone: policies are of what is below it
        long explicitPolicy = settings.RequiresExplicitPolicy ? 0 : chain.Count;
        bool isEmpty = false;
        for (int depth = chain.Count - 2; depth >= 0 && (explicitPolicy > 0 || !isEmpty); depth--)
        {
            OpenSslPolicyFacts own = chain[depth].Extensions.Policies;
            if (own.IsInvalid)
                return OpenSslCode.InvalidPolicyExtension;
            isEmpty |= !own.HasSome;
            if (explicitPolicy > 0)
                explicitPolicy = Count(explicitPolicy, chain[depth], own.RequireExplicit);
        }

        bool isExplicit = explicitPolicy == 0;
        tree = tree with { IsExplicit = isExplicit };
        var building = new OpenSslPolicies();
        if (!isEmpty && !building.Grow(chain, settings))
            return OpenSslCode.OutOfMemory;
        if (isEmpty || building._levels[0].Any is null)
            return isExplicit ? OpenSslCode.NoExplicitPolicy : 0;
        tree = building.Result(settings.Policies, isExplicit);
        return isExplicit && tree.User.IsEmpty ? OpenSslCode.NoExplicitPolicy : 0;
    }

    private static long Count(long counter, OpenSslCertificate certificate, long? limit)
    {
        long left = certificate.IsSelfIssued ? counter : counter - 1;
        return Math.Min(left, limit ?? left);
    }

    // Whether it is not too large.
    private bool Grow(IReadOnlyList<OpenSslCertificate> chain, OpenSslSettings settings)
    {
        var anchor = new Level(new OpenSslPolicyFacts(), takesAny: true, maps: true);
        _levels.Add(anchor);
        _ = Add(anchor, new OpenSslPolicy(ObjectIdentifiers.AnyPolicy, IsCritical: false, default), null);
        long any = settings.InhibitsAnyPolicy ? 0 : chain.Count, mapping = settings.InhibitsPolicyMapping ? 0 : chain.Count;
        for (int depth = chain.Count - 2; depth >= 0; depth--)
        {
            OpenSslCertificate certificate = chain[depth];
            OpenSslPolicyFacts own = certificate.Extensions.Policies;
            bool takesAny = own.Any is not null && (any > 0 || (certificate.IsSelfIssued && depth > 0));
            var level = new Level(own, takesAny, maps: mapping > 0);
            if (any > 0)
                any = Count(any, certificate, own.InhibitAny);
            if (mapping > 0)
                mapping = Count(mapping, certificate, own.InhibitMapping);
            _levels.Add(level);
        }

        for (int i = 1; i < _levels.Count; i++)
        {
            if (!Link(_levels[i], _levels[i - 1]))
                return false;
            Prune(i);
            if (_levels[0].Any is null)
                return true; // nothing is left
        }

        return true;
    }

    private bool Link(Level level, Level above)
    {
        foreach (OpenSslPolicy policy in level.Policies)
        {
            Node[] parents = [.. above.Nodes.Where(node => above.Expects(node, policy.Id))];
            if (parents.Length == 0 && above.Any is { } any)
                parents = [any];
            foreach (Node parent in parents)
            {
                if (!Add(level, policy, parent))
                    return false;
            }
        }

        if (!level.TakesAny)
            return true;
        foreach (Node node in above.Nodes)
        {
            if (!LinkUnmatched(level, above, node))
                return false;
        }

        return above.Any is not { } root || Add(level, level.AnyPolicy!, root);
    }

    // What nothing took up is by anyPolicy.
    private bool LinkUnmatched(Level level, Level above, Node node)
    {
        if (!above.Maps || !node.Policy.IsMapped)
            return node.Children > 0 || AddUnmatched(node.Policy.Id);
        if (node.Children == node.Policy.Expected.Count)
            return true;
        foreach (string id in node.Policy.Expected)
        {
            if (!level.Nodes.Any(child => child.Parent == node && child.Policy.Id == id) && !AddUnmatched(id))
                return false;
        }

        return true;

        bool AddUnmatched(string id) => Add(level, new OpenSslPolicy(id, node.Policy.IsCritical, level.AnyPolicy!.Qualifiers), node);
    }

    private bool Add(Level level, OpenSslPolicy policy, Node? parent)
    {
        if (_nodes >= MostNodes)
            return false;
        _nodes++;
        var node = new Node(policy, parent);
        if (parent is not null)
            parent.Children++;
        if (policy.Id is ObjectIdentifiers.AnyPolicy)
            level.Any = node;
        else
            level.Nodes.Add(node);
        return true;
    }

    private void Prune(int last)
    {
        if (!_levels[last].Maps)
            Remove(_levels[last].Nodes, node => node.Policy.IsMapped || node.Policy.IsMappedFromAny);
        for (int i = last - 1; i >= 0; i--)
        {
            Level level = _levels[i];
            Remove(level.Nodes, node => node.Children == 0);
            if (level.Any is not { Children: 0 } any)
                continue;
            if (any.Parent is { } parent)
                parent.Children--;
            level.Any = null;
        }
    }

    private static void Remove(List<Node> nodes, Predicate<Node> isRemoved) => nodes.RemoveAll(node =>
    {
        if (!isRemoved(node))
            return false;
        node.Parent!.Children--;
        return true;
    });

    private OpenSslPolicyTree Result(ImmutableArray<string> wanted, bool isExplicit)
    {
        // Those that stand directly below anyPolicy are in the anchor's own terms.
        var below = new OpenSslPolicyList();
        for (int i = 1; i < _levels.Count && _levels[i - 1].Any is { } any; i++)
        {
            foreach (Node node in _levels[i].Nodes.Where(node => node.Parent == any))
            {
                if (below.Find(node.Policy.Id) is null)
                    below.Add(node.Policy);
            }
        }

        OpenSslPolicy? leafAny = _levels[^1].Any?.Policy;
        if (wanted.Contains(ObjectIdentifiers.AnyPolicy))
        {
            ImmutableArray<OpenSslPolicy> all = leafAny is null ? [.. below.All] : [leafAny];
            return new OpenSslPolicyTree(isExplicit, all, all);
        }

        // By RFC 5280 any policy would do where none is named; OpenSSL then takes none.
        List<OpenSslPolicy> user = [];
        foreach (string id in wanted)
        {
            if ((below.Find(id) ?? (leafAny is null ? null : new OpenSslPolicy(id, IsCritical: false, leafAny.Qualifiers))) is { } policy)
                user.Add(policy);
        }

        return new OpenSslPolicyTree(isExplicit, leafAny is null ? [.. below.All] : [leafAny], [.. user]);
    }

    private sealed class Node(OpenSslPolicy policy, Node? parent)
    {
        internal OpenSslPolicy Policy => policy;

        internal Node? Parent => parent;

        internal int Children { get; set; }
    }

    // What one certificate adds.
    private sealed class Level(OpenSslPolicyFacts facts, bool takesAny, bool maps)
    {
        internal IReadOnlyList<OpenSslPolicy> Policies { get; } = facts.Mapped();

        internal OpenSslPolicy? AnyPolicy => facts.Any;

        internal bool TakesAny => takesAny;

        internal bool Maps => maps;

        internal List<Node> Nodes { get; } = [];

        internal Node? Any { get; set; }

        internal bool Expects(Node node, string id) =>
            Maps && (node.Policy.IsMapped || node.Policy.IsMappedFromAny) ? node.Policy.Expected.Contains(id) : node.Policy.Id == id;
    }
}
