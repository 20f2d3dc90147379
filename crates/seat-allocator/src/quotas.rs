//! Selection with lower and upper quotas for nested groups (departments, divisions): the best set by ticket, where "best"
//! compares the best ticket first, then the second, and so on. Groups that are nested or apart make the feasible sets a
//! matroid, so going through the tickets once and keeping what can still be completed is exact (Rado; Edmonds).

use serde::{Deserialize, Serialize};
use std::fmt;

/// A group of applicants, possibly inside another group.
///
/// ```
/// use seat_allocator::quotas::Group;
/// let group = Group::new("土木部").with_lower(1).with_upper(3);
/// assert_eq!((group.lower, group.upper), (1, Some(3)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Name for reports.
    pub name: String,
    /// Index of the group around this one, which must stand earlier in the list.
    pub parent: Option<usize>,
    /// Least number to select, as far as there are applicants.
    pub lower: u64,
    /// Most to select.
    pub upper: Option<u64>,
}

impl Group {
    /// A group without quotas.
    ///
    /// ```
    /// assert_eq!(seat_allocator::quotas::Group::new("総務部").lower, 0);
    /// ```
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            parent: None,
            lower: 0,
            upper: None,
        }
    }

    /// Sets the least number.
    ///
    /// ```
    /// assert_eq!(seat_allocator::quotas::Group::new("a").with_lower(2).lower, 2);
    /// ```
    #[must_use]
    pub fn with_lower(mut self, lower: u64) -> Self {
        self.lower = lower;
        self
    }

    /// Sets the most.
    ///
    /// ```
    /// assert_eq!(seat_allocator::quotas::Group::new("a").with_upper(2).upper, Some(2));
    /// ```
    #[must_use]
    pub fn with_upper(mut self, upper: u64) -> Self {
        self.upper = Some(upper);
        self
    }

    /// Puts the group inside another.
    ///
    /// ```
    /// assert_eq!(seat_allocator::quotas::Group::new("a").inside(0).parent, Some(0));
    /// ```
    #[must_use]
    pub fn inside(mut self, parent: usize) -> Self {
        self.parent = Some(parent);
        self
    }
}

/// What became of an applicant.
///
/// ```
/// use seat_allocator::quotas::{Decision, Group, select};
/// let result = select(&[Some(0), Some(0)], &[Group::new("a").with_upper(1)], 2)?;
/// assert_eq!(result.decisions, [Decision::Selected, Decision::UpperQuota { group: 0 }]);
/// # Ok::<(), seat_allocator::quotas::QuotaError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Decision {
    /// Selected.
    Selected,
    /// The upper quota of this group is reached, or its last places are kept for lower quotas inside it.
    UpperQuota {
        /// Index of the group.
        group: usize,
    },
    /// The places left are kept for the lower quotas of other groups.
    KeptForLowerQuotas,
    /// No place is left.
    Full,
}

/// A lower quota that was lowered because there are too few applicants.
///
/// ```
/// use seat_allocator::quotas::{Group, Lowered, select};
/// let result = select(&[Some(0)], &[Group::new("a").with_lower(3)], 5)?;
/// assert_eq!(result.lowered, [Lowered { group: 0, from: 3, to: 1 }]);
/// # Ok::<(), seat_allocator::quotas::QuotaError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lowered {
    /// Index of the group.
    pub group: usize,
    /// The lower quota asked for.
    pub from: u64,
    /// What can be reached.
    pub to: u64,
}

/// The result of a selection.
///
/// ```
/// use seat_allocator::quotas::{Selection, select};
/// let result: Selection = select(&[None, None], &[], 1)?;
/// assert_eq!(result.selected(), [0]);
/// # Ok::<(), seat_allocator::quotas::QuotaError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Selection {
    /// One decision for each applicant, in the order of tickets.
    pub decisions: Vec<Decision>,
    /// Lower quotas that could not be kept.
    pub lowered: Vec<Lowered>,
}

impl Selection {
    /// Indices of the selected, in the order of tickets.
    ///
    /// ```
    /// let result = seat_allocator::quotas::select(&[None; 3], &[], 2)?;
    /// assert_eq!(result.selected(), [0, 1]);
    /// # Ok::<(), seat_allocator::quotas::QuotaError>(())
    /// ```
    #[must_use]
    pub fn selected(&self) -> Vec<usize> {
        let selected = self
            .decisions
            .iter()
            .enumerate()
            .filter(|(_, decision)| **decision == Decision::Selected);
        selected.map(|(index, _)| index).collect()
    }
}

/// Quotas that contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum QuotaError {
    /// A group lies inside a group that does not stand before it in the list.
    BadParent {
        /// Index of the group.
        group: usize,
    },
    /// An applicant names a group that does not exist.
    UnknownGroup {
        /// Index of the applicant.
        applicant: usize,
    },
    /// The lower quota of a group, or of the groups inside it together, is above its upper quota.
    LowerAboveUpper {
        /// Index of the group.
        group: usize,
    },
    /// Lower quotas add up to more than there are places.
    LowerAbovePlaces,
}

impl fmt::Display for QuotaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadParent { group } => {
                write!(f, "group {group} must stand after the group around it")
            }
            Self::UnknownGroup { applicant } => {
                write!(f, "applicant {applicant} names an unknown group")
            }
            Self::LowerAboveUpper { group } => {
                write!(f, "lower quotas of group {group} exceed its upper quota")
            }
            Self::LowerAbovePlaces => f.write_str("lower quotas exceed the places"),
        }
    }
}

impl std::error::Error for QuotaError {}

/// Selects up to `places` applicants.
///
/// `applicants` stand in the order of their tickets, each with the innermost group it belongs to.
///
/// # Errors
/// Groups in a wrong order, unknown groups, quotas that contradict each other. Too few applicants are no error: the lower
/// quota is lowered, and the result says so.
///
/// ```
/// use seat_allocator::quotas::{Decision, Group, select};
/// // Two places; one is kept for the division that so far has the worst tickets.
/// let groups = [Group::new("総務部"), Group::new("土木部").with_lower(1)];
/// let result = select(&[Some(0), Some(0), Some(1)], &groups, 2)?;
/// assert_eq!(result.decisions, [Decision::Selected, Decision::KeptForLowerQuotas, Decision::Selected]);
/// # Ok::<(), seat_allocator::quotas::QuotaError>(())
/// ```
pub fn select(
    applicants: &[Option<usize>],
    groups: &[Group],
    places: u64,
) -> Result<Selection, QuotaError> {
    let mut tree = Tree::new(applicants, groups, places)?;
    let decisions = applicants.iter().map(|&group| tree.decide(group)).collect();
    Ok(Selection {
        decisions,
        lowered: tree.lowered,
    })
}

/// One group while the tickets are read; the last node stands for all places.
#[derive(Debug, Clone)]
struct Node {
    parent: usize,
    lower: u64,
    upper: u64,
    selected: u64,
    /// Needs of the groups inside.
    inside: u64,
}

impl Node {
    /// Places that must still go to this group.
    fn need(&self) -> u64 {
        self.lower.saturating_sub(self.selected).max(self.inside)
    }
}

struct Tree {
    nodes: Vec<Node>,
    root: usize,
    lowered: Vec<Lowered>,
}

impl Tree {
    fn new(
        applicants: &[Option<usize>],
        groups: &[Group],
        places: u64,
    ) -> Result<Self, QuotaError> {
        let root = groups.len();
        let mut nodes = Vec::with_capacity(groups.len().saturating_add(1));
        for (index, group) in groups.iter().enumerate() {
            if group.parent.is_some_and(|parent| parent >= index) {
                return Err(QuotaError::BadParent { group: index });
            }
            let upper = group.upper.unwrap_or(u64::MAX);
            let parent = group.parent.unwrap_or(root);
            nodes.push(Node {
                parent,
                lower: group.lower,
                upper,
                selected: 0,
                inside: 0,
            });
        }
        nodes.push(Node {
            parent: root,
            lower: 0,
            upper: places,
            selected: 0,
            inside: 0,
        });

        // How many each group can select at most: its applicants, held within the upper quotas inside it.
        let mut reach = vec![0_u64; nodes.len()];
        for (applicant, group) in applicants.iter().enumerate() {
            let slot = reach
                .get_mut(group.unwrap_or(root))
                .filter(|_| group.is_none_or(|group| group < root));
            let slot = slot.ok_or(QuotaError::UnknownGroup { applicant })?;
            *slot = slot.saturating_add(1);
        }
        let mut tree = Self {
            nodes,
            root,
            lowered: Vec::new(),
        };
        // Inner groups stand after outer ones, so this goes from the inside out.
        for index in (0..root).rev() {
            let Some(node) = tree.nodes.get_mut(index) else {
                continue;
            };
            let reached = reach.get(index).copied().unwrap_or(0).min(node.upper);
            if node.lower > node.upper {
                return Err(QuotaError::LowerAboveUpper { group: index });
            }
            if node.lower > reached {
                tree.lowered.push(Lowered {
                    group: index,
                    from: node.lower,
                    to: reached,
                });
                node.lower = reached;
            }
            let (parent, need, upper) = (node.parent, node.need(), node.upper);
            if need > upper {
                return Err(QuotaError::LowerAboveUpper { group: index });
            }
            if let Some(slot) = reach.get_mut(parent) {
                *slot = slot.saturating_add(reached);
            }
            if let Some(parent) = tree.nodes.get_mut(parent) {
                parent.inside = parent.inside.saturating_add(need);
            }
        }
        tree.lowered.reverse();
        if tree.nodes.last().is_some_and(|all| all.inside > places) {
            return Err(QuotaError::LowerAbovePlaces);
        }
        Ok(tree)
    }

    /// From the innermost group of an applicant to the node of all places.
    fn path(&self, group: Option<usize>) -> Vec<usize> {
        let mut path = vec![group.unwrap_or(self.root)];
        while let Some(&last) = path.last().filter(|&&last| last != self.root) {
            path.push(self.nodes.get(last).map_or(self.root, |node| node.parent));
        }
        path
    }

    fn decide(&mut self, group: Option<usize>) -> Decision {
        let path = self.path(group);
        // Selecting lowers the need of a group by at most one; the groups around it see that change.
        let mut change = 0_u64;
        let mut after = Vec::with_capacity(path.len());
        for &index in &path {
            let Some(node) = self.nodes.get(index) else {
                return Decision::Full;
            };
            let before = node.need();
            let node = Node {
                selected: node.selected.saturating_add(1),
                inside: node.inside.saturating_sub(change),
                ..node.clone()
            };
            if node.selected.saturating_add(node.need()) > node.upper {
                return match (index == self.root, node.selected > node.upper) {
                    (true, true) => Decision::Full,
                    (true, false) => Decision::KeptForLowerQuotas,
                    (false, _) => Decision::UpperQuota { group: index },
                };
            }
            change = before.saturating_sub(node.need());
            after.push((index, node));
        }
        for (index, node) in after {
            if let Some(slot) = self.nodes.get_mut(index) {
                *slot = node;
            }
        }
        Decision::Selected
    }
}
